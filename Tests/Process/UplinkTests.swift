// What network and county do is no matter of the shed's.

import CFakeHardware
import Foundation
import LocalService
import Platform
import Servers
import Testing

@Suite(
  "Uplink of a shed",
  .enabled(
    if: Built.isThere && FileManager.default.fileExists(atPath: MosquittoBroker.program),
    "run by ./dev test, which builds what they start"))
struct UplinkTests {
  /// The heater follows the temperature: off when it is warm, on again when it is cold.
  private func requireControl(_ rig: Rig) throws {
    rig.setTemperature(30)
    try rig.eventually("the heater goes off") { !rig.isOn(Rig.heater) }
    rig.setTemperature(18)
    try rig.eventually("the heater goes on") { rig.isOn(Rig.heater) }
  }

  /// Starts a shed that is to refuse a broker: an alarm says so in words, and the shed is heated as ever.
  /// - Parameter openssl: OpenSSL's settings on the machine; `nil` for those of this one.
  private func requireRefusal(port: UInt16, authority: String, _ words: String, openssl: String? = nil) throws {
    let rig = try Rig(
      RigConfiguration(
        uplink: """
          broker = "mqtts://localhost:\(port)"
          device = "rig"
          ca = "\(authority)"
          """))
    if let openssl {
      let file = rig.path("openssl.cnf")
      try openssl.write(to: file, atomically: true, encoding: .utf8)
      try rig.startGuardian()
      try rig.startController(within: ["/usr/bin/env", "OPENSSL_CONF=\(file.path)"])
    }
    try rig.startHeating()
    let status = try rig.status("the uplink is refused") { status in
      status.alarms.contains { $0.id == "uplink:uplink-refused" }
    }
    try require(status.sync?.isConnected == false, "connected to a broker that is to be refused")
    try require(status.sync?.problem?.contains(words) == true, "\(status.sync?.problem ?? "no problem")")
    try requireControl(rig)
  }

  @Test(
    "A broker whose certificate is not in order is refused, an alarm says so, and the shed is heated as ever",
    arguments: [
      ("expired", "DNS:localhost", "20200101000000Z"..."20210101000000Z"),
      ("not valid yet", "DNS:localhost", "20980101000000Z"..."20990101000000Z"),
      ("another host", "DNS:hub.example.cn", "20200101000000Z"..."20990101000000Z"),
    ])
  func refused(_ example: (words: String, hosts: String, validity: ClosedRange<String>)) async throws {
    try await Machine.shared {
      let authority = try CertificateAuthority()
      let identity = try authority.sign("broker", hosts: example.hosts, validity: example.validity)
      let broker = try MosquittoBroker(tls: (authority.certificate, identity, false))
      try requireRefusal(port: broker.port, authority: authority.certificate, example.words)
    }
  }

  @Test("A broker that another authority vouches for is refused, an alarm says so, and the shed is heated as ever")
  func otherAuthority() async throws {
    try await Machine.shared {
      let authority = try CertificateAuthority("another")
      let broker = try MosquittoBroker(tls: (authority.certificate, try authority.sign("broker"), false))
      let trusted = try CertificateAuthority()
      try requireRefusal(port: broker.port, authority: trusted.certificate, "authority")
    }
  }

  @Test("A broker that speaks TLS 1.0 alone is refused, an alarm says so, and the shed is heated as ever")
  func oldTLS() async throws {
    try await Machine.shared {
      let authority = try CertificateAuthority()
      let port = try Port.free()
      let server = try authority.serveOldTLS(port: port)
      // Not because the machine forbids it, as Debian does.
      try requireRefusal(
        port: port, authority: authority.certificate, "TLS",
        openssl: """
          openssl_conf = init
          [init]
          ssl_conf = ssl
          [ssl]
          system_default = everything
          [everything]
          MinProtocol = TLSv1
          CipherString = ALL:@SECLEVEL=0

          """)
      try require(server.isRunning, "the server with TLS 1.0 has ended")
    }
  }

  @Test("Where libmosquitto cannot be loaded, the uplink says which package is missing, and the shed is heated as ever")
  func withoutLibrary() async throws {
    try await Machine.shared {
      let rig = try Rig(RigConfiguration(uplink: "broker = \"mqtt://localhost:1\"\ndevice = \"rig\""))
      let folder = rig.path("libraries")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data("no library".utf8).write(to: folder.appendingPathComponent("libmosquitto.so.1"))
      try rig.startGuardian()
      try rig.startController(within: ["/usr/bin/env", "LD_LIBRARY_PATH=\(folder.path)"])
      let status = try rig.status("the uplink has a problem") { $0.sync?.problem != nil }
      try require(status.sync?.problem?.contains("package libmosquitto1") == true, "\(status.sync?.problem ?? "")")
      try requireControl(rig)
    }
  }

  @Test(
    "A certificate of the device that ends in ten days raises an alarm that says so, and the shed is heated as ever")
  func certificateEnds() async throws {
    try await Machine.shared {
      let authority = try CertificateAuthority()
      let broker = try MosquittoBroker(tls: (authority.certificate, try authority.sign("broker"), true))
      let form = DateFormatter()
      (form.dateFormat, form.timeZone) = ("yyyyMMddHHmmss'Z'", TimeZone(identifier: "UTC"))
      let end = form.string(from: Date(timeIntervalSinceNow: 10 * 86_400))
      let own = try authority.sign("rig", validity: "20200101000000Z"...end)
      let rig = try Rig(
        RigConfiguration(
          uplink: """
            broker = "mqtts://localhost:\(broker.port)"
            device = "rig"
            ca = "\(authority.certificate)"
            certificate = "\(own.certificate)"
            key = "\(own.key)"
            """))
      try rig.startHeating()
      let status = try rig.status("the end of the certificate is near") { status in
        status.alarms.contains { $0.id == "uplink-14-days:certificate-ends" } && status.sync?.isConnected == true
      }
      try require(status.alarms.count { $0.id.hasSuffix(":certificate-ends") } == 1, "one notice at a time")
      try requireControl(rig)
    }
  }

  @Test("A broker that stands still, and one that is gone, do not hold control up; the shed says how it stands")
  func standsStill() async throws {
    try await Machine.shared {
      let broker = try MosquittoBroker()
      let rig = try Rig(
        RigConfiguration(uplink: "broker = \"mqtt://localhost:\(broker.port)\"\ndevice = \"rig\""))
      try rig.startHeating()
      let status = try rig.status("connected") { $0.sync?.isConnected == true }
      try require(status.sync?.hold == "silent", "without a hub nobody answers")
      try require(status.sync?.lanes.map(\.lane) == ["alarm", "live", "backlog", "diagnostic"], "four lanes")
      broker.signal(SIGSTOP)
      try requireControl(rig)
      broker.signal(SIGCONT)
      broker.end()
      try rig.status("the loss is seen") { $0.sync?.isConnected == false }
      try requireControl(rig)
    }
  }
}
