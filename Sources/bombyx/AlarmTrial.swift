// A test of siren and message path, watched by the command that asks for it.

import Controller
import LocalService
import Platform

/// What a test of the alarms has shown.
struct AlarmTestReport: Encodable {
  /// The alarm relay; `nil` without one.
  var relay: String?
  /// Whether the guardian let it fall when the alarm was raised, and pulled it in again; `nil` without one.
  var fell: Bool?
  /// See ``fell``.
  var rose: Bool?
  /// Whether the county's database has the record; `nil` without an uplink.
  var arrived: Bool?

  var isInOrder: Bool { ![fell, rose, arrived].contains(false) }
}

/// A test of siren and message path, watched from raising to the end.
struct AlarmTrial {
  /// How long the relay may take beyond the test itself: two steps and three frames of the lease, on a busy board. How long the county may
  /// take: `safety.md` §10 wants a critical alarm upstream within a minute.
  private static let (relayTime, uplinkTime) = (10.0, 60.0)
  private static let pause: Int64 = 200_000_000

  let daemon: DaemonOptions
  let seconds: Double

  func run(tells: Bool) throws -> AlarmTestReport {
    func tell(_ line: String) { if tells { print(line) } }
    var report = AlarmTestReport()
    let relay = try daemon.status().outputs.first { $0.kind == .alarm }
    report.relay = relay?.name
    if let relay, relay.on != true {
      throw Failure(
        "\(relay.name) is off already: the siren should be sounding. See bombyx alarms; acknowledge, then try again",
        "\(relay.name) 已释放：警报器应正在鸣响。请用 bombyx alarms 查看，确认后再试")
    }
    var parameters = ServiceParameters()
    parameters.duration = seconds
    _ = try daemon.call(.alarmTest, parameters, returning: Acknowledgement.self)
    let raised = try wait(Self.relayTime) { $0.alarms.contains { $0.kind == .test } }
    if let relay {
      report.fell = try wait(Self.relayTime) { Self.isOn(relay.name, $0) == false }
      tell(
        report.fell == true
          ? text("\(relay.name) has fallen: the siren must sound now", "\(relay.name) 已释放：警报器此刻应鸣响")
          : text("\(relay.name) has NOT fallen", "\(relay.name) 未释放"))
      report.rose = try wait(seconds + Self.relayTime) { Self.isOn(relay.name, $0) == true }
      tell(
        report.rose == true
          ? text("\(relay.name) is on again: the siren must be silent", "\(relay.name) 已吸合：警报器应已静音")
          : text("\(relay.name) is NOT on again: see bombyx alarms", "\(relay.name) 未重新吸合：见 bombyx alarms"))
    } else {
      tell(text("no output of kind \"alarm\": there is no siren to try", "没有 alarm 类型的输出：无警报器可试"))
    }
    guard raised, let newest = try alarmLane()?.newest else {
      tell(text("no [uplink]: the record stays in the log of this device", "未配置 [uplink]：记录仅保存在本机"))
      return report
    }
    report.arrived = try wait(Self.uplinkTime) { status in
      status.sync?.lanes.first { $0.lane == Self.lane }.map { $0.acknowledged >= newest } ?? false
    }
    tell(
      report.arrived == true
        ? text("the county's database has the alarm: whoever it calls must have a message", "上级数据库已收到该报警：应已通知相关人员")
        : text("the county's database has NOT answered: see bombyx sync", "上级数据库未确认：见 bombyx sync"))
    return report
  }

  private static let lane = "alarm"

  private func alarmLane() throws -> SyncLaneMessage? { try daemon.status().sync?.lanes.first { $0.lane == Self.lane } }

  private static func isOn(_ output: String, _ status: StatusMessage) -> Bool? {
    status.outputs.first { $0.name == output }?.on
  }

  private func wait(_ seconds: Double, until isSo: (StatusMessage) -> Bool) throws -> Bool {
    let end = MonotonicTime.now() + Int64(seconds * 1e9)
    while try !isSo(daemon.status()) {
      guard MonotonicTime.now() < end else { return false }
      MonotonicTime.sleep(until: MonotonicTime.now() + Self.pause)
    }
    return true
  }
}
