// The uplink's thread, a real log and a real broker.

import Climate
import Controller
import Foundation
import Journal
import MQTT
import Platform
import Servers
import SyncProtocol
import Testing

@testable import Uplink

@Suite("Uplink with a broker", .enabled(if: FileManager.default.fileExists(atPath: MosquittoBroker.program)))
struct BrokerTests {
  /// What the log has of a lane, through the same door.
  private func log(_ device: TestDevice, _ lane: Lane) throws -> [BatchContent] {
    let outbox = Outbox(directory: device.directory.path)
    let newest = try outbox.standing().lanes[lane]?.newest ?? 0
    var contents: [BatchContent] = []
    var next: Int64 = 1
    while next <= newest {
      let content = try #require(try outbox.content(of: lane, next...newest, bytes: 1 << 20))
      contents.append(content)
      next += content.count
    }
    return contents
  }

  private func rows(_ contents: [BatchContent]) -> [String] {
    contents.flatMap { content -> [String] in
      switch content {
      case .samples(let group):
        group.samples.map { sample in
          let stamp = group.stamps.stamps[sample.stamp]
          let value = sample.value.map { "\($0)" } ?? "-"
          return
            "\(group.stamps.boot(of: stamp)) \(stamp.mono) \(stamp.wall) \(group.channels[sample.channel]) \(value) \(sample.quality)"
        }
      case .entries(let group): group.entries.map { "\(group.stamps.stamps[$0.stamp]) \($0.content)" }
      case .decisions(let group):
        group.decisions.map { "\(group.stamps.stamps[$0.stamp]) \($0.output) \($0.isOn) \($0.rule) \($0.value ?? 0)" }
      default: ["\(content)"]
      }
    }
  }

  @Test("every record arrives as the log has it, and the log remembers what the database has")
  func drain() throws {
    let broker = try MosquittoBroker()
    let hub = try TestHub(port: broker.port)
    defer { hub.stop() }
    let device = try TestDevice()
    device.write(scans: 20_000)
    try device.start(device.setup(port: broker.port))
    try eventually("the hub has all") { hub.hasAll(of: device) }
    device.write(scans: 300)
    device.hurry()
    try eventually("the hub has all that came later") { hub.hasAll(of: device) }
    for lane in [Lane.alarm, .backlog, .diagnostic] {
      let arrived = hub.batches.filter { $0.lane == lane }.sorted { $0.first < $1.first }.map(\.content)
      #expect(try rows(arrived) == rows(log(device, lane)), "\(lane)")
    }
    #expect(hub.repeated == 0)
    try eventually("the log knows") {
      device.standing?.lanes.values.allSatisfy { $0.through == $0.newest } == true
    }
    device.stop()
    try eventually("the broker keeps the farewell") { hub.states.last == #"{"online":false}"# }
    #expect(hub.states.contains(#"{"online":true}"#))
  }

  @Test("a broker that is killed in the midst, and a database that has lost everything: all arrives in the end")
  func killed() throws {
    let broker = try MosquittoBroker()
    let hub = try TestHub(port: broker.port)
    defer { hub.stop() }
    let device = try TestDevice("shed-2")
    device.write(scans: 40_000)
    try device.start(device.setup(port: broker.port))
    try eventually("some arrive") { hub.batches.count > 1 }
    broker.end()
    try eventually("the loss is seen") { device.view?.standing.isConnected == false }
    #expect(device.view?.problem?.isRefusal == false)
    try broker.start()
    device.hurry()
    try eventually("the hub has all") { hub.hasAll(of: device) }
    hub.forget()
    device.write(scans: 100)
    device.hurry()
    try eventually("the new database has all") { hub.hasAll(of: device) }
    #expect((device.view?.standing.rewinds ?? 0) > 0)
    device.stop()
  }

  @Test("with TLS and a certificate of its own it connects; what is wrong with the broker's is said, and refused")
  func tls() throws {
    let authority = try CertificateAuthority()
    let own = try authority.sign("device")
    let broker = try MosquittoBroker(tls: (authority.certificate, try authority.sign("broker"), true))
    let device = try TestDevice("shed-3")
    device.write(scans: 10)
    var settings = TLSSettings(
      authorities: authority.certificate,
      identity: TLSSettings.Identity(certificate: own.certificate, key: own.key))
    let hub = try TestHub(port: broker.port, tls: settings)
    defer { hub.stop() }
    try device.start(device.setup(port: broker.port, tls: settings))
    try eventually("the hub has all") { hub.hasAll(of: device) }
    device.stop()
    let another = try CertificateAuthority("another")
    settings.authorities = another.certificate
    try device.start(device.setup(port: broker.port, tls: settings))
    try eventually("it is refused") { device.view?.problem?.isRefusal == true }
    let problem = device.view?.problem?.english ?? ""
    #expect(problem.contains("not trusted"), "\(problem) \(another.certificate)")
    device.stop()
  }

  @Test("a password is read from its file before each attempt; a wrong one, and a missing file, are said")
  func password() throws {
    let broker = try MosquittoBroker(users: ["shed-5": "geheim"])
    let device = try TestDevice("shed-5")
    var setup = device.setup(port: broker.port)
    (setup.user, setup.passwordFile) = ("shed-5", device.directory.file("password"))
    try device.start(setup)
    try eventually("the missing file is said") { device.view?.problem?.english.contains("password") == true }
    try device.directory.write("falsch\n", to: "password")
    device.hurry()
    try eventually("the wrong password is said") {
      device.view?.problem == UplinkProblem(.refused(.authorization))
        || device.view?.problem == UplinkProblem(.refused(.credentials))
    }
    #expect(device.view?.problem?.isRefusal == true)
    try device.directory.write("geheim\n", to: "password")
    device.hurry()
    try eventually("the right one is taken") { device.view?.standing.isConnected == true }
    device.stop()
  }

  @Test("a note of the county is carried out once, reported, and not taken again by the next life of the daemon")
  func notes() throws {
    let broker = try MosquittoBroker()
    let hub = try TestHub(port: broker.port)
    defer { hub.stop() }
    let device = try TestDevice("shed-4")
    device.write(scans: 2)
    let county = try #require(NoteSigner(newKeyNamed: "xing"))
    let key = try #require(NoteVerifier(county.verifierText))
    try device.start(device.setup(port: broker.port, keys: [key]))
    try eventually("connected") { device.view?.standing.isConnected == true && hub.isUp }
    func send(_ version: Int64, _ commands: [DesiredCommand] = [.hold(zone: "shed")], retained: Bool = false) throws {
      let desired = Desired(
        device: device.name, version: version, expires: WallClock.unixMilliseconds() + 3_600_000, commands: commands)
      hub.send(Topic.desired.text(of: device.name), Array(try county.note(desired.text).utf8), isRetained: retained)
    }
    try send(5, [.bundle])
    try eventually("it is carried out") {
      hub.reports.contains { $0.version == 5 && $0.isApplied && $0.bundle == "{}" }
    }
    try send(5, [.bundle])
    try eventually("the same answer comes") { hub.reports.count { $0.version == 5 && $0.isApplied } == 2 }
    try send(4)
    try eventually("an older one is refused") { hub.reports.contains { $0.version == 4 && $0.reason == .version } }
    try send(6, [.automatic(output: "nothing")])
    try eventually("what cannot be done is refused") {
      hub.reports.contains { $0.version == 6 && $0.reason == .command }
    }
    device.setTrust(.freeRunning)
    try send(7)
    try eventually("without a clock it is refused") { hub.reports.contains { $0.version == 7 && $0.reason == .clock } }
    device.setTrust(.trusted)
    device.stop()
    #expect(device.carriedOut == [5])
    try send(8, retained: true)
    try device.start(device.setup(port: broker.port, keys: [key]))
    try eventually("what was kept by the broker is refused") { hub.reports.contains { $0.reason == .retained } }
    try send(5, [.bundle])
    try eventually("the next life knows") { hub.reports.contains { $0.version == 5 && $0.reason == .version } }
    #expect(device.carriedOut == [5])
    device.stop()
  }
}
