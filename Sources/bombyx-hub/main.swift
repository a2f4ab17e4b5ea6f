// The county's side: from the broker into the database.

import ArgumentParser

/// The hub's command line.
struct HubCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bombyx-hub",
    abstract: "Takes the records of all devices from a broker into a database, each exactly once.",
    subcommands: [Run.self, Sign.self, NewKey.self, Renew.self, Expire.self])
}

HubCommand.main()
