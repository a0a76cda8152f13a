// EMClient.contactManager.
#import "EMCore.h"

NS_ASSUME_NONNULL_BEGIN

@interface EMContactManager : NSObject <IEMContactManager>
- (instancetype)initWithCore:(EMCore *)core;
@end

NS_ASSUME_NONNULL_END
