// A broker that says what it is told to, for what real ones rarely do.

import Foundation
import Platform

/// Takes connections on 127.0.0.1, answers the first bytes of each with bytes of the test's, and is silent from then on.
package final class ScriptedBroker {
  package let port: UInt16
  private let listener: Int32
  private let thread: Platform.Thread

  /// CONNACK of MQTT 3.1.1 §3.2 with a code.
  package static func answer(code: UInt8) -> [UInt8] { [0x20, 2, 0, code] }

  /// - Parameter closes: whether it closes a connection after its answer.
  package init(answer: [UInt8], closes: Bool = false) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    port = try Port.listen(listener)
    thread = try Platform.Thread(name: "scripted-broker") {
      var connections: [Int32] = []
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { break }
        var buffer = [UInt8](repeating: 0, count: 1024)
        _ = read(connection, &buffer, buffer.count)
        _ = write(connection, answer, answer.count)
        if closes { close(connection) } else { connections.append(connection) }
      }
      for connection in connections { close(connection) }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    thread.join()
    close(listener)
  }
}
