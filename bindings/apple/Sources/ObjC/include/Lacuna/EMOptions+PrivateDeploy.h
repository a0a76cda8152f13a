// Where the server is. Lacuna is always one's own server: restServer must be set.

#import <Lacuna/EMOptions.h>

NS_ASSUME_NONNULL_BEGIN

@interface EMOptions (PrivateDeploy)

/// The server's API: `http://127.0.0.1:8080`, `https://chat.example.org`; without a scheme, http, or https if
/// usingHttpsOnly. initializeSDKWithOptions: answers 110 without it.
@property (nonatomic, copy, nullable) NSString *restServer;
/// The host of the server's socket. nil, as made: beside restServer.
@property (nonatomic, copy, nullable) NSString *chatServer;
/// The port of the server's socket. 0, as made: that of restServer.
@property (nonatomic, assign) int chatPort;
/// Changes nothing: there is no list of servers to be fetched. YES, as made.
@property (nonatomic, assign) BOOL enableDnsConfig;

/// The folder of the local stores, one file for each user; made if it is missing. nil, as made: `Lacuna` in the app's folder
/// for its own data. Two clients must not share one.
@property (nonatomic, copy, nullable) NSString *dataFolder;

@end

NS_ASSUME_NONNULL_END
