// swift-tools-version:5.9
import PackageDescription

// Apps see one module, Lacuna, on both sides. On Apple platforms it is the Objective-C classes, which Swift imports by itself, over
// the static library of the XCFramework (apple/xcframework makes it). On Linux, which has no Objective-C for Swift, it is a facade
// of the same spelling over the same C functions; the library's folder is given at build time (-Xlinker -L…).
#if os(Linux)
let targets: [Target] = [
    .systemLibrary(name: "CLacuna", path: "Sources/CLacuna"),
    .target(name: "Lacuna", dependencies: ["CLacuna"], path: "Sources/Swift"),
]
#else
let targets: [Target] = [
    .binaryTarget(name: "CLacuna", path: "Lacuna.xcframework"),
    .target(
        name: "Lacuna",
        dependencies: ["CLacuna"],
        path: "Sources/ObjC",
        publicHeadersPath: "include",
        // Certificates are checked by the system, against its roots.
        linkerSettings: [.linkedFramework("Security"), .linkedFramework("CoreFoundation")]
    ),
]
#endif

let package = Package(
    name: "Lacuna",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Lacuna", targets: ["Lacuna"])],
    targets: targets + [
        // A program, not XCTest's: Tests/swift/Harness.swift says why. It needs servers: linux/swift-tests starts them.
        .executableTarget(name: "lacuna-tests", dependencies: ["Lacuna"], path: "Tests/swift"),
        .executableTarget(name: "lacuna-example", dependencies: ["Lacuna"], path: "Examples/swift"),
    ]
)
