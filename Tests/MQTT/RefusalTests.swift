// Connections that do not come about, and what is said of them.

import Foundation
import Glibc
import MQTT
import Servers
import Testing

@Suite("A connection that does not come about")
struct RefusalTests {
  @Test("a broker that does not serve at present is told from wrong credentials")
  func tellsRefusalsApart() throws {
    let cases: [(UInt8, Refusal, Bool)] = [
      (1, .protocolVersion, false), (2, .identity, false), (3, .unavailable, true), (4, .credentials, false),
      (5, .authorization, false),
    ]
    for (code, refusal, mayPass) in cases {
      for closes in [false, true] {
        let broker = try ScriptedBroker(answer: ScriptedBroker.answer(code: code), closes: closes)
        let error = try MQTTConnection(MQTTSettings(host: "127.0.0.1", port: broker.port, client: "c")).reasonOfEnd()
        #expect(error == .refused(refusal))
        #expect(error.mayPass == mayPass)
      }
    }
  }

  @Test("a real broker refuses a wrong password, and takes the right one")
  func refusesPassword() throws {
    let broker = try MosquittoBroker(users: ["shed-1": "right"])
    var settings = MQTTSettings(host: "127.0.0.1", port: broker.port, client: "c")
    for credentials in [nil, MQTTCredentials(user: "shed-1", password: "wrong")] {
      settings.credentials = credentials
      #expect(try MQTTConnection(settings).reasonOfEnd() == .refused(.authorization))
    }
    settings.credentials = MQTTCredentials(user: "shed-1", password: "right")
    #expect(try connect(settings).state == .connected)
  }

  @Test("a broker that says nothing is too late")
  func isTooLate() throws {
    let broker = try ScriptedBroker(answer: [])
    let connection = try MQTTConnection(
      MQTTSettings(host: "127.0.0.1", port: broker.port, client: "c", patience: 1))
    #expect(try connection.reasonOfEnd() == .tooLate)
  }

  @Test("what is no MQTT is a breach, and an end without a word is a loss")
  func seesNonsense() throws {
    let nonsense = try ScriptedBroker(answer: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
    let error = try MQTTConnection(MQTTSettings(host: "127.0.0.1", port: nonsense.port, client: "c", patience: 2))
      .reasonOfEnd()
    #expect([.protocolBreach, .dropped, .tooLate].contains(error), "\(error)")
    let mute = try ScriptedBroker(answer: [], closes: true)
    #expect(try MQTTConnection(MQTTSettings(host: "127.0.0.1", port: mute.port, client: "c")).reasonOfEnd() == .dropped)
  }

  @Test("a name without an address is told from a host that does not answer")
  func tellsNameFromHost() throws {
    // Longer than a label may be (RFC 1035 §2.3.4), so that no server is asked.
    let name = String(repeating: "a", count: 64) + ".invalid"
    #expect(try MQTTConnection(MQTTSettings(host: name, port: 1883, client: "c")).reasonOfEnd() == .unknownHost(name))
    let port = try Port.free()
    #expect(
      try MQTTConnection(MQTTSettings(host: "127.0.0.1", port: port, client: "c"), onlyIPv4: true).reasonOfEnd()
        == .unreachable(ECONNREFUSED))
  }

  @Test("settings that cannot be used are refused at once, with the file that is missing")
  func refusesSettings() throws {
    let authority = try CertificateAuthority()
    let tls = TLSSettings(
      authorities: authority.certificate, identity: .init(certificate: "no/such.pem", key: "no/such.key"))
    let settings = MQTTSettings(host: "localhost", port: 1, client: "c", tls: tls)
    #expect(throws: MQTTError.settings("no/such.pem: No such file or directory")) { try MQTTConnection(settings) }
    #expect(throws: MQTTError.self) {
      try MQTTConnection(MQTTSettings(host: "localhost", port: 1, client: "c", keepAlive: 1))
    }
  }
}

@Suite("TLS")
struct TLSTests {
  let authority: CertificateAuthority

  init() throws { authority = try CertificateAuthority() }

  private func broker(_ identity: (certificate: String, key: String), asks: Bool = false) throws -> MosquittoBroker {
    try MosquittoBroker(tls: (authority.certificate, identity, asks))
  }

  private func settings(_ port: UInt16, host: String = "localhost") -> MQTTSettings {
    MQTTSettings(
      host: host, port: port, client: "c", tls: TLSSettings(authorities: authority.certificate))
  }

  @Test("a certificate in order is taken, for a name and for an address")
  func takesGoodCertificate() throws {
    let broker = try broker(try authority.sign("broker"))
    for host in ["localhost", "127.0.0.1"] {
      #expect(try connect(settings(broker.port, host: host)).state == .connected)
    }
  }

  @Test("an expired certificate, one that is not valid yet, and one for another host are refused, each in its words")
  func refusesBadCertificates() throws {
    let cases: [(CertificateFault, ClosedRange<String>, String)] = [
      (.expired, "20200101000000Z"..."20210101000000Z", "DNS:localhost"),
      (.notYetValid, "20980101000000Z"..."20990101000000Z", "DNS:localhost"),
      (.wrongName, "20200101000000Z"..."20990101000000Z", "DNS:hub.example"),
    ]
    for (fault, validity, hosts) in cases {
      let broker = try broker(try authority.sign("broker", hosts: hosts, validity: validity))
      #expect(try MQTTConnection(settings(broker.port)).reasonOfEnd() == .certificate(fault))
    }
  }

  @Test("a certificate of another authority is refused")
  func refusesOtherAuthority() throws {
    let broker = try broker(try authority.sign("broker"))
    var settings = settings(broker.port)
    let another = try CertificateAuthority("another")
    settings.tls = TLSSettings(authorities: another.certificate)
    #expect(try MQTTConnection(settings).reasonOfEnd() == .certificate(.untrusted))
  }

  @Test("TLS 1.0 is refused")
  func refusesOldVersion() throws {
    let port = try Port.free()
    let server = try authority.serveOldTLS(port: port)
    let error = try MQTTConnection(settings(port)).reasonOfEnd()
    guard case .tls(let reason) = error else { throw ServerError("\(error)") }
    #expect(reason.contains("protocol"))
    server.end()
  }

  @Test("a broker that speaks no TLS is refused")
  func refusesPlain() throws {
    let broker = try MosquittoBroker()
    let error = try MQTTConnection(settings(broker.port)).reasonOfEnd()
    #expect([.dropped, .tls("wrong version number"), .tls("unexpected eof while reading")].contains(error), "\(error)")
  }

  @Test("a client that the broker asks for a certificate is let in with one of its authority alone")
  func showsCertificate() throws {
    let broker = try broker(try authority.sign("broker"), asks: true)
    var settings = settings(broker.port)
    // The alert may be overtaken by the end of the connection.
    let unknown = try MQTTConnection(settings).reasonOfEnd()
    #expect([.tls("tlsv13 alert certificate required"), .dropped].contains(unknown), "\(unknown)")
    let own = try authority.sign("shed-1")
    settings.tls?.identity = .init(certificate: own.certificate, key: own.key)
    #expect(try connect(settings).state == .connected)
    let another = try CertificateAuthority("another")
    let stranger = try another.sign("shed-1")
    settings.tls?.identity = .init(certificate: stranger.certificate, key: stranger.key)
    let refused = try MQTTConnection(settings).reasonOfEnd()
    #expect([.tls("tlsv1 alert unknown ca"), .dropped].contains(refused), "\(refused)")
  }
}
