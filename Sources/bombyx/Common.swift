// What all commands share: language, output form, the daemon, and how failures are told.

public import ArgumentParser
import Controller
import FoundationEssentials
import Glibc
import LocalService
public import TerminalUI

/// The language of this run: `--lang`, or the locale.
let currentLanguage: Language = {
  let words = CommandLine.arguments
  if let index = words.firstIndex(of: "--lang"), words.indices.contains(index + 1),
    let language = Language(rawValue: words[index + 1])
  {
    return language
  }
  if let word = words.first(where: { $0.hasPrefix("--lang=") }),
    let language = Language(rawValue: String(word.dropFirst(7)))
  {
    return language
  }
  // The order in which locale(7) looks.
  let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment($0) }.first { !$0.isEmpty }
  return Language(locale: locale)
}()

/// A text in the language of this run.
func text(_ english: String, _ chinese: String) -> String { currentLanguage(english, chinese) }

/// A help text in the language of this run.
func help(_ english: String, _ chinese: String) -> ArgumentHelp { ArgumentHelp(stringLiteral: text(english, chinese)) }

/// An environment variable.
func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

extension Language: ExpressibleByArgument {}

/// Exit codes (interfaces: command line).
enum ExitCodes {
  /// Done, and what was checked is not in order.
  static let notInOrder = ExitCode(1)
  /// Could not be done.
  static let failed = ExitCode(2)
  /// The daemon is not running.
  static let notRunning = ExitCode(69)
}

/// A failure in words for people, and the exit code.
struct Failure: Error, CustomStringConvertible {
  let description: String
  let code: ExitCode

  init(_ english: String, _ chinese: String, code: ExitCode = ExitCodes.failed) {
    description = text(english, chinese)
    self.code = code
  }
}

/// Options of every command that shows something.
struct OutputOptions: ParsableArguments {
  @Flag(help: help("Print JSON for programs.", "输出供程序读取的JSON。"))
  var json = false

  @Option(help: help("Language: zh or en. Default: from LANG.", "语言：zh 或 en，默认取自 LANG。"))
  var lang: Language?

  /// Colour, if the standard output is a terminal and nobody minds.
  var style: Style { Style(isColoured: isatty(1) == 1 && environment("NO_COLOR") == nil) }

  /// Prints a result as JSON.
  func printJSON(_ result: some Encodable) throws {
    guard let data = ServiceCoding.encode(result) else {
      throw Failure("the result could not be written as JSON", "结果无法写成JSON")
    }
    print(String(decoding: data, as: UTF8.self))
  }
}

/// Options of every command that asks the daemon.
struct DaemonOptions: ParsableArguments {
  @Option(
    help: help(
      "Socket of the daemon. Default: BOMBYX_SOCKET, the system's daemon, or a running simulation.",
      "守护进程套接字。默认：BOMBYX_SOCKET、系统服务，或正在运行的模拟。"))
  var socket: String?

  /// Where the daemon is looked for, in order.
  var candidates: [String] {
    if let socket { return [socket] }
    if let socket = environment("BOMBYX_SOCKET") { return [socket] }
    return [ServiceClient.systemSocket, SimulationPaths.socket]
  }

  /// Connects to the first daemon that answers.
  func connect() throws -> ServiceClient {
    for path in candidates {
      do throws(ServiceClientError) {
        return try ServiceClient(socket: path)
      } catch .notAllowed(let socket) {
        throw Failure(
          "not allowed to open \(socket): run the command with sudo, or join the group: sudo usermod -aG bombyx $USER",
          "无权打开 \(socket)：请用 sudo 运行，或加入用户组：sudo usermod -aG bombyx $USER")
      } catch {
        continue
      }
    }
    throw Failure(
      "the daemon is not running (looked at \(candidates.joined(separator: ", "))).\n"
        + "Start it: sudo systemctl start bombyxd. See why it stopped: journalctl -u bombyxd -n 50. Try without hardware: bombyx simulate",
      "守护进程未运行（查找了 \(candidates.joined(separator: "、"))）。\n"
        + "启动：sudo systemctl start bombyxd。查看停止原因：journalctl -u bombyxd -n 50。无硬件试用：bombyx simulate",
      code: ExitCodes.notRunning)
  }

  /// Asks the daemon how things stand; local times are the site's from then on.
  func status() throws -> StatusMessage {
    let status = try call(.status, returning: StatusMessage.self)
    Format.useTimeZone(status.timeZone)
    return status
  }

  /// Asks the daemon one thing.
  func call<Result: Codable & Sendable>(
    _ method: ServiceMethod, _ parameters: ServiceParameters? = nil, returning: Result.Type
  ) throws -> Result {
    try connect().call(method, parameters, returning: Result.self)
  }
}

/// Where a simulation of this user keeps its socket.
enum SimulationPaths {
  static var directory: String {
    if let runtime = environment("XDG_RUNTIME_DIR"), !runtime.isEmpty { return runtime + "/bombyx" }
    return (environment("TMPDIR") ?? "/" + "tmp") + "/bombyx-\(getuid())"
  }

  static var socket: String { directory + "/bombyxd.sock" }
}

/// Runs a command's work and tells failures in words.
func run(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let failure as Failure {
    StandardError.write("bombyx: \(failure.description)")
    throw failure.code
  } catch let error as ServiceClientError {
    StandardError.write("bombyx: \(error.inWords)")
    throw ExitCodes.failed
  }
}

extension ServiceClientError {
  /// What happened and what to try.
  var inWords: String {
    switch self {
    case .notRunning(let socket): text("nobody listens at \(socket)", "\(socket) 无人监听")
    case .notAllowed(let socket): text("not allowed to open \(socket)", "无权打开 \(socket)")
    case .broken(let why): text(why, "与守护进程的通信中断：\(why)")
    case .refused(let error): text(error.message, error.chinese)
    }
  }
}
