// swift-tools-version: 6.2
import PackageDescription

// One section per target with its tests; sections in alphabetical order; one dependency a line.
// Folders of Sources/ are the architecture: arrows only go down (ARCHITECTURE.md).

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

/// A Swift target with its unit tests in Tests/<name>Tests.
func module(
    _ name: String,
    path: String? = nil,
    dependencies: [Target.Dependency] = [],
    testDependencies: [Target.Dependency] = [],
    fixtures: Bool = false
) -> [Target] {
    [
        .target(
            name: name, dependencies: dependencies, path: path ?? "Sources/\(name)",
            swiftSettings: swiftSettings),
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies + testDependencies,
            path: "Tests/\(name)Tests", exclude: fixtures ? ["Fixtures"] : [], swiftSettings: swiftSettings),
    ]
}

func system(_ name: String, pkgConfig: String? = nil, apt package: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioFoundationCompat = Target.Dependency.product(name: "NIOFoundationCompat", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

var targets: [Target] = []

// MARK: aibox: the one executable, composition root and command line
targets += [
    .executableTarget(
        name: "aibox",
        dependencies: [
            "AIBoxAPI",
            "AIBoxClient",
            "CAssets",
            "DataManager",
            "Evaluation",
            "Gateway",
            "Imaging",
            "Inference",
            "KeyValue",
            "ModelCatalog",
            "ModelServer",
            "Pipelines",
            "ServiceClients",
            "ServiceHTTP",
            "Settings",
            "Storage",
            "Telemetry",
            "Vision",
            argumentParser,
            asyncHTTPClient,
            crypto,
            hummingbird,
            logging,
            nioCore,
            nioPosix,
            serviceLifecycle,
        ],
        path: "Sources/aibox", swiftSettings: swiftSettings)
]

// MARK: AIBoxAPI: wire types, paths, errors
targets += module("AIBoxAPI")

// MARK: AIBoxClient: the Swift SDK
targets += module("AIBoxClient", dependencies: ["AIBoxAPI", asyncHTTPClient, nioCore, nioFoundationCompat, nioHTTP1])

// MARK: Settings: every setting, its three names, its default
targets += module("Settings", dependencies: [yams])

// MARK: DataManager: service on :8002
targets += module(
    "DataManager", path: "Sources/Services/DataManager",
    dependencies: [
        "AIBoxAPI", "KeyValue", "ServiceClients", "ServiceHTTP", "Storage", "Vision", crypto, hummingbird, logging,
        metrics, nioCore, nioFoundationCompat, nioHTTP1, nioPosix, nioSSL, serviceLifecycle,
    ],
    testDependencies: ["TestSupport", asyncHTTPClient, grdb, httpTypes, hummingbirdTesting, nioPosix])

// MARK: Gallery: exact search over face templates
targets += module("Gallery", dependencies: ["CVectorMath"])

// MARK: gallery-benchmark: exact search against faiss, see Benchmarks/
targets += [
    .executableTarget(
        name: "gallery-benchmark", dependencies: ["Gallery"], path: "Benchmarks/Gallery",
        swiftSettings: swiftSettings)
]
// MARK: Evaluation: labelled data in, accuracy and reports out
targets += module("Evaluation", dependencies: ["Vision"], testDependencies: ["TestSupport"], fixtures: true)

// MARK: FaultTests: the built binary while power, disk, database and clock fail
targets += [
    .testTarget(
        name: "FaultTests",
        dependencies: [
            "AIBoxAPI", "Gateway", "KeyValue", "ServiceClients", "Storage", "TestSupport", asyncHTTPClient, crypto,
            grdb,
            logging, nioCore, nioHTTP1, nioPosix,
        ],
        path: "Tests/Faults", exclude: ["README.md", "shims"], swiftSettings: swiftSettings)
]

// MARK: Gateway: service on :8000
targets += module(
    "Gateway", path: "Sources/Services/Gateway",
    dependencies: [
        "AIBoxAPI", "CArgon2", "KeyValue", "ServiceClients", "ServiceHTTP", crypto, httpTypes, hummingbird, jwtKit,
        logging, metrics, nioCore, nioFoundationCompat, nioPosix, serviceLifecycle, yams,
    ],
    testDependencies: ["AIBoxClient", "DataManager", "TestSupport", asyncHTTPClient, grdb, nioHTTP1])

// MARK: Imaging: decode, letterbox, draw
targets += module(
    "Imaging",
    dependencies: ["CBMP", "CCairo", "CEXIF", "CGIF", "CHEIF", "CSPNG", "CTurboJPEG", "CWebP", "Vision"],
    fixtures: true)

// MARK: Inference: engines behind one protocol
targets += module(
    "Inference", dependencies: ["CONNXRuntime", "COpenVINO"], testDependencies: ["TestSupport"],
    fixtures: true)

// MARK: IntegrationTests: the built binary, real model files
targets += [
    .testTarget(
        name: "IntegrationTests",
        dependencies: ["AIBoxAPI", "AIBoxClient", "TestSupport", nioCore],
        path: "Tests/IntegrationTests", swiftSettings: swiftSettings)
]

// MARK: KeyValue: sessions, rate windows, cache: in process or Redis
targets += module(
    "KeyValue", dependencies: [crypto, logging, metrics, nioCore, nioPosix, nioSSL],
    testDependencies: ["TestSupport"])

// MARK: ModelCatalog: what a model is, where its file comes from
targets += module(
    "ModelCatalog", dependencies: ["CAssets", asyncHTTPClient, crypto, logging, nioCore, nioPosix],
    testDependencies: [hummingbird])

// MARK: ModelServer: service on :8001
targets += module(
    "ModelServer", path: "Sources/Services/ModelServer",
    dependencies: [
        "AIBoxAPI", "Gallery", "Imaging", "Inference", "ModelCatalog", "Pipelines", "ServiceClients", "ServiceHTTP",
        "Vision", httpTypes, hummingbird, logging, metrics, nioCore, nioPosix,
    ],
    testDependencies: ["DataManager", "TestSupport"])

// MARK: Pipelines: a task = stages over Imaging + Inference + Vision, behind one queue per model
targets += module(
    "Pipelines",
    dependencies: ["Imaging", "Inference", "ModelCatalog", "Vision", collections, logging, metrics, nioCore, nioPosix],
    testDependencies: ["TestSupport"], fixtures: true)

// MARK: relay-benchmark: events from the commit to a consumer in Redis, see Benchmarks/
targets += [
    .executableTarget(
        name: "relay-benchmark",
        dependencies: ["AIBoxAPI", "DataManager", "KeyValue", "ServiceClients", logging, nioPosix],
        path: "Benchmarks/EventRelay", swiftSettings: swiftSettings)
]

// MARK: search-benchmark: pages among millions of detections, see Benchmarks/
targets += [
    .executableTarget(
        name: "search-benchmark", dependencies: ["AIBoxAPI", "DataManager", logging], path: "Benchmarks/Search",
        swiftSettings: swiftSettings)
]

// MARK: ServiceClients: what services ask of each other, and the HTTP implementations
targets += module(
    "ServiceClients",
    dependencies: [
        "AIBoxAPI", asyncHTTPClient, jwtKit, nioCore, nioFoundationCompat, nioHTTP1, nioPosix,
    ],
    testDependencies: [httpTypes, hummingbird, logging, serviceLifecycle])

// MARK: ServiceHTTP: what every service's HTTP side shares
targets += module(
    "ServiceHTTP",
    dependencies: [
        "AIBoxAPI", "ServiceClients", httpTypes, hummingbird, logging, metrics, nioCore,
        nioFoundationCompat, nioHTTP1, nioHTTPTypes, serviceLifecycle,
    ],
    testDependencies: [asyncHTTPClient, hummingbirdTesting, nioPosix])

// MARK: Storage: rows, documents, files and keys: each a protocol with an embedded and a shared implementation
targets += module(
    "Storage",
    dependencies: [
        "AIBoxAPI", "CChecksumVFS", "CMongo", "CPostgres", asyncHTTPClient, crypto, grdb, grdbSQLite, logging,
        metrics, nioCore, nioFoundationCompat, nioHTTP1, nioPosix, nioSSL,
    ],
    testDependencies: ["TestSupport", grdb])

// MARK: store-benchmark: durable inserts, see Benchmarks/
targets += [
    .executableTarget(
        name: "store-benchmark", dependencies: ["AIBoxAPI", "DataManager", "ServiceClients", grdb, logging],
        path: "Benchmarks/Storage", swiftSettings: swiftSettings)
]

// MARK: Telemetry: Prometheus exposition, logs, process figures
targets += module("Telemetry", dependencies: [logging, metrics])

// MARK: TestSupport: what several test targets need
targets += [.target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings)]

// MARK: Vision: pure mathematics
targets += module("Vision", fixtures: true)

// MARK: C libraries: the only importers are named in ARCHITECTURE.md
targets += [
    system("CArgon2", pkgConfig: "libargon2", apt: "libargon2-dev"),
    .target(name: "CAssets", path: "Sources/CLibraries/CAssets"),
    .target(name: "CBMP", path: "Sources/CLibraries/CBMP"),
    system("CCairo", pkgConfig: "pangocairo", apt: "libpango1.0-dev"),
    .target(
        name: "CChecksumVFS", path: "Sources/CLibraries/CChecksumVFS", exclude: ["cksumvfs.c"],
        linkerSettings: [.linkedLibrary("sqlite3")]),
    system("CEXIF", pkgConfig: "libexif", apt: "libexif-dev"),
    system("CGIF", apt: "libgif-dev"),
    system("CHEIF", pkgConfig: "libheif", apt: "libheif-dev"),
    .target(name: "CMongo", path: "Sources/CLibraries/CMongo", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CONNXRuntime", path: "Sources/CLibraries/CONNXRuntime", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "COpenVINO", path: "Sources/CLibraries/COpenVINO", linkerSettings: [.linkedLibrary("dl")]),
    system("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
    system("CSPNG", pkgConfig: "spng", apt: "libspng-dev"),
    system("CTurboJPEG", pkgConfig: "libturbojpeg", apt: "libturbojpeg0-dev"),
    .target(name: "CVectorMath", path: "Sources/CLibraries/CVectorMath"),
    system("CWebP", pkgConfig: "libwebpdemux", apt: "libwebp-dev"),
]

let package = Package(
    name: "aibox",
    products: [
        .executable(name: "aibox", targets: ["aibox"]),
        .library(name: "AIBoxClient", targets: ["AIBoxAPI", "AIBoxClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: targets
)
