// The computer under test, and how its commands are run.

import Foundation

/// Something in a test did not come about.
struct HILError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Fails a test if something is not so.
func require(_ isSo: Bool, _ what: @autoclosure () -> String) throws {
  guard isSo else { throw HILError(what()) }
}

/// What a command left behind.
struct Reply {
  /// Exit code; that of a shell.
  let code: Int
  /// Standard output and standard error, in order.
  let output: String
}

/// A computer whose I2C bus and GPIO lines end in a simulated shed.
///
/// Two kinds exist: ``VirtualMachine`` and ``SSHBoard``. A test sees no difference but in how fast time passes: it waits by commands
/// that sleep on the board, and asks the wires what happened and when.
protocol Board: AnyObject {
  /// What it is, for the report.
  var title: String { get }

  /// What this board can do for a test.
  var abilities: Set<BoardAbility> { get }

  /// Runs a shell command as root, to its end.
  func run(_ command: String) throws -> Reply

  /// Switches it off and on, and waits until it runs commands again.
  func restart() throws

  /// Ends the use of the board.
  func stop()
}

/// What a test may need of its board.
enum BoardAbility: String {
  /// Time passes only while a command runs, as fast as the machine can.
  case virtualTime
  /// It keeps the levels of lines whose owner died, or lets them fall, as a test wants.
  case bothReleases
  /// It has a second GPIO chip, and its chips can be taken away and brought back.
  case replugging
  /// It has a disk whose writes are logged.
  case loggedDisk
  /// Its bus has the driver of the kernel for a sensor.
  case sensorDriver
  /// It has a program that asks the controller's service and starts faster than `bombyx`.
  case quickQuestions
  /// It has a program that plays a controller gone mad.
  case greedyController
  /// It has the GPIO controller PL061.
  case pl061
  /// It has a broker and a hub of a county.
  case county
}

extension Board {
  /// Runs a command that must succeed.
  @discardableResult
  func shell(_ command: String) throws -> String {
    let reply = try run(command)
    try require(reply.code == 0, "\(command)\nended with \(reply.code):\n\(reply.output)")
    return reply.output
  }

  /// Puts a text file on the board.
  func put(_ text: String, at path: String) throws {
    try shell("mkdir -p \"$(dirname \(path))\" && echo \(Data(text.utf8).base64EncodedString()) | base64 -d > \(path)")
  }
}
