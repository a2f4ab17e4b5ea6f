// A PostgreSQL of a test's own.

import Foundation

/// A PostgreSQL of a test's own, of the newest version that is installed, reached over a socket in its directory.
package final class PostgreSQLServer {
  private static let programs: String = {
    let place = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    return "\(place)/\(versions.compactMap { Int($0) }.max() ?? 15)/bin/"
  }()
  private static let user = "postgres"
  /// Only names the socket.
  private static let port = 5432

  private let directory: ScratchDirectory
  private var process: ServerProcess?
  private var databases = 0

  package init() throws {
    directory = try ScratchDirectory()
    // It refuses to run as root.
    if getuid() == 0 { try ServerProcess.run("/bin/chown", [Self.user, directory.path]) }
    let (program, arguments) = Self.command(
      "initdb",
      [
        "-D", directory.file("data"), "-A", "trust", "-U", Self.user, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
      ])
    try ServerProcess.run(program, arguments)
    try start()
  }

  private static func command(_ name: String, _ arguments: [String]) -> (String, [String]) {
    guard getuid() == 0 else { return (programs + name, arguments) }
    return (
      "/usr/bin/setpriv",
      ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--", programs + name] + arguments
    )
  }

  /// Starts it, again after it was ended.
  package func start() throws {
    let (program, arguments) = Self.command(
      "postgres",
      [
        "-D", directory.file("data"), "-k", directory.path, "-p", "\(Self.port)", "-c", "listen_addresses=",
        "-c", "shared_buffers=32MB", "-c", "max_connections=30",
      ])
    // After a kill, the children of the old one may hold its memory for a moment.
    try eventually("PostgreSQL starts") {
      if process?.isRunning != true {
        process = try ServerProcess(program, arguments, log: directory.file("postgres.log"))
      }
      return (try? sql("SELECT 1", in: "postgres")) == ["1"]
    }
  }

  /// Ends it: by default all of it at once, as a power cut would.
  package func end(_ signal: Int32 = SIGKILL) {
    let children = children
    process?.end(signal)
    guard signal == SIGKILL else { return }
    // They may miss that the first of them is gone, and keep its memory from the next.
    for child in children { kill(child, SIGKILL) }
  }

  deinit { end() }

  private var children: [Int32] {
    guard let pid = process?.pid else { return [] }
    let text = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { Int32($0) }
  }

  /// Stops and continues all of it: a disk that hangs.
  package func signal(_ number: Int32) {
    guard let pid = process?.pid else { return }
    for each in [pid] + children { kill(each, number) }
  }

  /// Ends it at the end of the process, when nobody can wait for it any more.
  package func abandon() {
    if let process { kill(process.pid, SIGQUIT) }
    directory.remove()
  }

  /// For libpq.
  package func parameters(_ database: String) -> String {
    "host=\(directory.path) port=\(Self.port) user=\(Self.user) dbname=\(database)"
  }

  /// A new database.
  package func makeDatabase() throws -> String {
    databases += 1
    try sql("CREATE DATABASE test\(databases)", in: "postgres")
    return "test\(databases)"
  }

  /// Runs commands with psql(1) and returns the lines of their answer, fields separated by `|`.
  @discardableResult
  package func sql(_ text: String, in database: String) throws -> [String] {
    try ServerProcess.run(
      "/usr/bin/psql",
      ["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", "SET TIME ZONE 'UTC'", "-c", text, parameters(database)]
    ).split(separator: "\n").map(String.init)
  }

  /// Writes the rows of a query into a file, in the text format of COPY.
  package func copy(_ query: String, to file: String, in database: String) throws {
    try ServerProcess.run(
      "/usr/bin/psql",
      ["-Xq", "-v", "ON_ERROR_STOP=1", "-c", "\\copy (\(query)) TO '\(file)'", parameters(database)])
  }

  /// All of a database, as pg_dump(1) has it.
  package func dump(_ database: String) throws -> String {
    let file = directory.file("dump.sql")
    try ServerProcess.run("/usr/bin/pg_dump", ["-d", parameters(database), "-f", file])
    return file
  }

  /// Makes a database of what ``dump(_:)`` wrote, in the place of one that is there.
  package func restore(_ file: String, as database: String) throws {
    try sql("DROP DATABASE IF EXISTS \(database) WITH (FORCE)", in: "postgres")
    try sql("CREATE DATABASE \(database)", in: "postgres")
    try ServerProcess.run("/usr/bin/psql", ["-Xq", "-v", "ON_ERROR_STOP=1", "-f", file, parameters(database)])
  }
}
