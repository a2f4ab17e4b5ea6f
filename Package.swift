// swift-tools-version: 6.2
// The targets stand in the order of the import rule: a module imports only modules below it.
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

let strictC: [CSetting] = [
  .treatAllWarnings(as: .error)
]

/// In the core: lets the fault simulator take out a check, and pass over time in which nothing happens. Never in a release build that does
/// not ask for it with `-DFAULT_SIMULATION`.
let core = strict + [.define("FAULT_SIMULATION", .when(configuration: .debug))]

/// A Swift module with the settings that all of them share.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of the module of the same name.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil, exclude: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources,
    swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let realModule: Target.Dependency = .product(name: "RealModule", package: "swift-numerics")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "bombyx",
  products: [
    .executable(name: "bombyx", targets: ["bombyx"]),
    .executable(name: "bombyxd", targets: ["bombyxd"]),
    .executable(name: "bombyx-guardian", targets: ["bombyx-guardian"]),
    .executable(name: "bombyx-hub", targets: ["bombyx-hub"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // Executables: argument parsing and wiring, nothing else.
    executable(
      "bombyx",
      [
        "Station", "TerminalUI", "LocalService", "Configuration", "Climate", "Journal", "Simulator", "Drivers",
        "Guardian", "Controller",
        "Cryptography", "TOML", "Platform", argumentParser,
      ]),
    executable("bombyxd", ["Station", "Configuration", "Platform", argumentParser, logging]),
    executable("bombyx-guardian", ["Guardian"]),
    executable("bombyx-hub", ["Hub", "SyncProtocol", "MQTT", "Platform", argumentParser, logging]),

    module("Hub", ["SyncProtocol", "MQTT", "Platform", "CPostgres", grdb, logging]),
    module(
      "Station",
      [
        "Simulator", "LocalService", "Configuration", "Uplink", "Journal", "Drivers", "Guardian", "Controller",
        "Climate", "SyncProtocol", "MQTT", "Platform", "CLinux", logging,
      ]),
    module("TerminalUI", ["LocalService", "Controller"]),
    module("LocalService", ["Controller", "Climate", "Platform"]),
    module("Configuration", ["Drivers", "Guardian", "Controller", "Climate", "SyncProtocol", "TOML", "Platform"]),
    module("Uplink", ["Journal", "Controller", "Climate", "SyncProtocol", "Cryptography", "MQTT", "Platform"]),
    module("Journal", ["Controller", "Climate", grdb]),
    module("Simulator", ["Drivers", "Guardian", "Controller", "Climate", realModule]),
    module("Drivers", ["Climate", "CI2C"]),
    module("Guardian", ["CGPIO", "CLinux", "Platform"], settings: core),
    module("Controller", ["Climate", realModule], settings: core),
    module("Climate", [realModule]),
    module("SyncProtocol", ["Cryptography", "CZstd"]),
    module("Cryptography", ["CSodium"]),
    module("TOML"),
    module("MQTT", ["Platform", "CMosquitto"]),
    module("Platform", ["CLinux", "CProgramText"]),

    .target(name: "CGPIO", dependencies: ["Clibgpiod"], cSettings: strictC),
    .target(name: "CProgramText", cSettings: strictC),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CI2C", providers: [.apt(["libi2c-dev"])]),
    // Headers of libmosquitto-dev and libssl-dev; the libraries themselves are loaded by the program that needs them.
    .target(name: "CMosquitto", cSettings: strictC),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "Clibgpiod", pkgConfig: "libgpiod", providers: [.apt(["libgpiod-dev"])]),

    .target(
      name: "Scenarios",
      dependencies: [
        "Station", "Simulator", "Configuration", "Drivers", "Guardian", "Controller", "Climate", "Platform", realModule,
      ],
      path: "Tests/Scenarios/Engine", swiftSettings: core),
    .executableTarget(
      name: "simulate-faults", dependencies: ["Scenarios", argumentParser], path: "Tests/Scenarios/Tool",
      swiftSettings: strict),
    .testTarget(
      name: "ScenariosTests", dependencies: ["Scenarios"], path: "Tests/Scenarios/Tests", swiftSettings: strict),
    .target(
      name: "ControlBench",
      dependencies: ["Station", "Simulator", "Configuration", "Guardian", "Controller", "Climate", realModule],
      path: "Tests/ControlBench/Engine", swiftSettings: strict),
    .executableTarget(
      name: "control-bench", dependencies: ["ControlBench", "Configuration", argumentParser],
      path: "Tests/ControlBench/Tool",
      swiftSettings: strict),
    .testTarget(
      name: "ControlBenchTests", dependencies: ["ControlBench", "Simulator", "Configuration", "Controller", "Climate"],
      path: "Tests/ControlBench/Tests",
      swiftSettings: strict),
    .target(name: "Servers", dependencies: ["Platform"], path: "Tests/Servers", swiftSettings: strict),
    .systemLibrary(name: "CVirtio", path: "Tests/HIL/CVirtio"),
    .executableTarget(
      name: "hardware-in-loop",
      dependencies: [
        "LocalService", "Simulator", "Drivers", "Controller", "Climate", "Platform", "CVirtio", argumentParser,
      ],
      path: "Tests/HIL/Runner", swiftSettings: strict),
    .systemLibrary(name: "CFakeHardware", path: "Tests/FakeHardware"),
    .target(
      name: "CTornDisk", path: "Tests/TornDisk/CTornDisk", cSettings: strictC,
      linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(
      name: "TornDisk", dependencies: ["CTornDisk", "Journal"], path: "Tests/TornDisk/TornDisk", swiftSettings: strict),
    tests(
      "Climate", ["Climate"], resources: [.copy("Resources/agronomy_vectors.json")],
      exclude: ["Resources/README.md"]),
    tests("Controller", ["Controller", "Climate"]),
    tests("Cryptography", ["Cryptography"]),
    tests("SyncProtocol", ["SyncProtocol", "Simulator"]),
    tests(
      "Uplink",
      [
        "Uplink", "Journal", "Simulator", "Controller", "Climate", "SyncProtocol", "MQTT", "Servers", "Platform",
      ]),
    tests("TOML", ["TOML"]),
    tests("MQTT", ["MQTT", "Servers"]),
    .target(
      name: "Swarm", dependencies: ["SyncProtocol", "MQTT", "Platform"], path: "Tests/Hub/Swarm", swiftSettings: strict),
    .executableTarget(
      name: "hub-swarm", dependencies: ["Swarm", "SyncProtocol", "Platform", argumentParser], path: "Tests/Hub/Tool",
      swiftSettings: strict),
    .executableTarget(
      name: "hub-sink", dependencies: ["Hub", "SyncProtocol", "MQTT", "Platform", argumentParser, logging],
      path: "Tests/Hub/Sink", swiftSettings: strict),
    .testTarget(
      name: "HubTests", dependencies: ["Hub", "Swarm", "Servers", "SyncProtocol", "MQTT", "Platform", grdb, logging],
      path: "Tests/Hub/Tests", swiftSettings: strict),
    tests(
      "Configuration", ["Configuration", "TOML", "Controller", "Guardian", "Drivers", "Climate"],
      resources: [
        .copy("Resources/thirty-mistakes.toml"), .copy("Resources/stove-and-beds.toml"),
        .copy("Resources/shelters.toml"),
        .copy("Resources/vents-and-co2.toml"),
      ]),
    tests("Guardian", ["Guardian"]),
    tests("Drivers", ["Drivers", "Simulator", "Climate"]),
    tests("Simulator", ["Simulator", "Climate", "Controller", realModule]),
    tests("TerminalUI", ["TerminalUI", "LocalService", "Controller"]),
    tests("Journal", ["Journal", "Controller", "Climate", grdb]),
    tests("PowerCut", ["TornDisk", "Journal", "Simulator", "Controller", "Climate", grdb]),
    tests(
      "Station",
      [
        "Station", "Simulator", "LocalService", "Configuration", "Journal", "Drivers", "Controller", "Guardian",
        "Climate",
        "Platform", grdb,
      ]),
    .executableTarget(
      name: "filled-log", dependencies: ["Journal", "Simulator", "Controller", "Climate", realModule, argumentParser],
      path: "Tests/FilledLog", swiftSettings: strict),
    tests(
      "Process",
      [
        "CFakeHardware", "Servers", "Station", "LocalService", "Journal", "Simulator", "Controller", "Guardian",
        "Climate", "Platform",
        grdb,
      ]),

    .executableTarget(
      name: "storage-bench", dependencies: ["Journal", "Controller", "Climate"], path: "bench/storage",
      swiftSettings: strict),
    .target(
      name: "Fuzzing",
      dependencies: [
        "Hub", "Station", "TerminalUI", "LocalService", "Configuration", "Journal", "Simulator", "Drivers", "Guardian",
        "Controller", "Climate", "SyncProtocol", "TOML", "MQTT", "Platform", grdb,
      ], path: "Tests/Fuzz/Library", swiftSettings: strict),
    .executableTarget(
      name: "fuzz", dependencies: ["Fuzzing"], path: "Tests/Fuzz/Tool", swiftSettings: strict),
    .testTarget(name: "FuzzTests", dependencies: ["Fuzzing"], path: "Tests/Fuzz/Tests", swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
