// What a county's hub hears from a broker: a topic and a payload, whoever may have sent them.

import Hub
import MQTT
import Simulator
import SyncProtocol

/// Messages to the hub, the topic in the first line: whatever they are, they are refused, or give rows that a database can hold, of the
/// device in the topic and of no other.
struct HubMessageTarget: FuzzTarget {
  let name = "hub-message"
  let longestInput = 4_096
  let words = [
    "bombyx/", "wenfeng-3", "/up/alarm", "/up/live", "/up/backlog", "/up/diagnostic", "/up/reported", "/state",
    "/down/ack", "\\u0000", "{", "[", "null", "1e999",
  ]
  private let device: DeviceName
  private let examination = InboxExamination()

  init() throws {
    guard let device = DeviceName("wenfeng-3") else { throw Finding("wenfeng-3 is no name of a device") }
    self.device = device
  }

  func madeInputs() -> [[UInt8]] {
    func message(_ topic: Topic, _ payload: [UInt8]) -> [UInt8] { Array("\(topic.text(of: device))\n".utf8) + payload }
    let report = Reported(
      device: device, version: 12, signer: "xing", last: 11, time: 1_700_000_000_000, refused: .command,
      detail: "there is no output fan", chinese: "没有输出 fan")
    let state = #"{"online":true,"zones":[{"name":"shed","temperature":24.5,"alarms":[]}],"text":"蚕 \ud83d\udc1b"}"#
    return BatchTarget.examples(device).flatMap {
      [message(.up($0.lane), $0.unpacked()), message(.up($0.lane), (try? $0.encoded()) ?? [])]
    } + [message(.reported, report.encoded()), message(.state, Array(state.utf8))]
  }

  func run(_ input: [UInt8]) throws -> Bool {
    let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.endIndex
    var payload = Array(input[end...].dropFirst())
    // Damage seldom leaves a frame whole: what is a batch without one is put into one.
    if let packed = try? Batch(unpacked: payload).encoded() { payload = packed }
    let message = ReceivedMessage(
      topic: String(decoding: input[..<end], as: UTF8.self), payload: payload, isRetained: false)
    switch examination.verdict(on: message) {
    case .refused: return false
    case .taken: return true
    case .wrong(let what): throw Finding(what)
    }
  }
}
