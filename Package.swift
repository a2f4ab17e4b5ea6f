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

/// A Swift module with the settings that all of them share.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of the module of the same name.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)", resources: resources, swiftSettings: strict
  )
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let realModule: Target.Dependency = .product(name: "RealModule", package: "swift-numerics")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
  name: "bombyx",
  products: [
    .executable(name: "bombyx", targets: ["bombyx"]),
    .executable(name: "bombyxd", targets: ["bombyxd"]),
    .executable(name: "bombyx-guardian", targets: ["bombyx-guardian"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // Executables: argument parsing and wiring, nothing else.
    executable(
      "bombyx",
      [
        "Station", "TerminalUI", "LocalService", "Configuration", "Climate", "Journal", "Simulator", "Drivers",
        "Guardian", "Controller",
        "TOML", "Platform", argumentParser, crypto,
      ]),
    executable("bombyxd", ["Station", "Configuration", "Platform", argumentParser, logging]),
    executable("bombyx-guardian", ["Guardian"]),

    module(
      "Station",
      [
        "Simulator", "LocalService", "Configuration", "Journal", "Drivers", "Guardian", "Controller", "Climate",
        "Platform", "CLinux", logging,
      ]),
    module("TerminalUI", ["LocalService", "Controller"]),
    module("LocalService", ["Controller", "Climate", "Platform"]),
    module("Configuration", ["TOML", "Drivers", "Guardian", "Controller", "Climate", "Platform"]),
    module("Journal", ["Controller", "Climate", grdb, sqlite]),
    module("Simulator", ["Drivers", "Guardian", "Controller", "Climate", realModule]),
    module("Drivers", ["Climate", "CI2C"]),
    module("Guardian", ["CGPIO", "CLinux", "Platform"]),
    module("Controller", ["Climate", realModule]),
    module("Climate", [realModule]),
    module("TOML"),
    module("Platform", ["CLinux", "CProgramText"]),

    .target(name: "CGPIO", dependencies: ["Clibgpiod"], cSettings: strictC),
    .target(name: "CProgramText", cSettings: strictC),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CI2C", providers: [.apt(["libi2c-dev"])]),
    .systemLibrary(name: "Clibgpiod", pkgConfig: "libgpiod", providers: [.apt(["libgpiod-dev"])]),

    .systemLibrary(name: "CFakeHardware", path: "Tests/FakeHardware"),
    tests("Climate", ["Climate"]),
    tests("Controller", ["Controller", "Climate"]),
    tests("TOML", ["TOML"]),
    tests(
      "Configuration", ["Configuration", "TOML", "Controller", "Guardian", "Drivers", "Climate"],
      resources: [.copy("Resources/thirty-mistakes.toml")]),
    tests("Guardian", ["Guardian"]),
    tests("Drivers", ["Drivers", "Simulator", "Climate"]),
    tests("Simulator", ["Simulator", "Climate", "Controller"]),
    tests("Journal", ["Journal", "Controller", "Climate", grdb]),
    tests(
      "Station",
      [
        "Station", "Simulator", "LocalService", "Configuration", "Journal", "Drivers", "Controller", "Guardian",
        "Climate",
        "Platform",
      ]),
    tests("Process", ["CFakeHardware", "Platform"]),
  ],
  swiftLanguageModes: [.v6]
)
