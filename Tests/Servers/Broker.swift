// What tests need of a broker, whichever it is.

/// A broker of a test's own, on 127.0.0.1.
package protocol Broker: AnyObject {
  /// Where it takes connections with MQTT.
  var port: UInt16 { get }
  /// Ends it: with SIGKILL as a power cut would.
  func end(_ signal: Int32)
  /// Starts it again on the same port.
  func start() throws
  /// Stops and continues it: a link that is half open.
  func signal(_ number: Int32)
}

extension MosquittoBroker: Broker {}
