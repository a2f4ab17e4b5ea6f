// Names, identities and topics.

import SyncProtocol
import Testing

@Suite("Names and topics")
struct NameTests {
  @Test("a device's name is 1 to 64 of a–z, 0–9 and the hyphen: nothing that means something in a topic")
  func names() {
    for name in ["a", "wenfeng-3", "-", String(repeating: "x", count: 64)] { #expect(DeviceName(name)?.text == name) }
    for name in ["", "Wenfeng", "a/b", "a+", "#", "a b", "é", "a\0", String(repeating: "x", count: 65)] {
      #expect(DeviceName(name) == nil, "\(name)")
    }
  }

  @Test("an identity is 16 bytes and is drawn anew each time")
  func identities() throws {
    let bytes = (0..<16).map { UInt8($0 * 16 + 1) }
    let install = try #require(InstallID(bytes))
    #expect(install.bytes == bytes)
    #expect(
      install.description
        == hex(bytes))
    #expect(InstallID(bytes + [0]) == nil && InstallID([UInt8]()) == nil)
    #expect(InstallID() != InstallID())
  }

  @Test("every topic of a device is read back, and nothing else is")
  func topics() throws {
    let device = try #require(DeviceName("wenfeng-3"))
    for topic in [Topic.acknowledgement, .desired, .reported, .state] + Lane.allCases.map(Topic.up) {
      let parsed = try #require(Topic.parse(topic.text(of: device)))
      #expect(parsed.device == device && parsed.topic == topic)
    }
    #expect(Topic.up(.alarm).text(of: device) == "bombyx/wenfeng-3/up/alarm")
    #expect(Topic.acknowledgement.text(of: device) == "bombyx/wenfeng-3/down/ack")
    #expect(Topic.state.ofAllDevices == "bombyx/+/state")
    for text in [
      "", "bombyx", "bombyx/x", "bombyx/X/state", "bombyx/x/up", "bombyx/x/up/other", "b/x/state", "/bombyx/x/state",
    ] {
      #expect(Topic.parse(text) == nil, "\(text)")
    }
  }

  @Test("lanes are sorted by how soon they are sent")
  func lanes() { #expect(Lane.allCases.sorted().map(\.rawValue) == ["alarm", "live", "backlog", "diagnostic"]) }
}
