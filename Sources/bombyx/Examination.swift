// The doctor's checks.

import Configuration
import Glibc
import LocalService
import TerminalUI

/// One thing that was looked at.
struct Finding: Codable {
  var subject: String
  var isInOrder: Bool
  var result: String
  /// What to do if it is not in order.
  var advice: String?

  private enum CodingKeys: String, CodingKey {
    case subject, result, advice
    case isInOrder = "in_order"
  }
}

/// Looks at configuration, services, daemon, disk and clock.
struct Examination {
  let config: String
  let daemon: DaemonOptions

  func findings() -> [Finding] {
    [configurationFinding()] + serviceFindings() + daemonFindings() + [diskFinding(), clockFinding()]
  }

  private func configurationFinding() -> Finding {
    let (_, faults) = ConfigurationFiles(configuration: config, share: ConfigurationFiles.standardShare).load()
    let errors = faults.filter { $0.severity == .error }
    return Finding(
      subject: text("configuration", "配置"), isInOrder: errors.isEmpty,
      result: errors.isEmpty ? config : text("\(errors.count) errors in \(config)", "\(config) 有 \(errors.count) 处错误"),
      advice: text("see: bombyx check \(config)", "查看：bombyx check \(config)"))
  }

  private func serviceFindings() -> [Finding] {
    ["bombyx-guardian", "bombyxd"].map { service in
      let state = Shell.output(of: "systemctl is-active \(service)") ?? text("unknown", "未知")
      return Finding(
        subject: text("service \(service)", "服务 \(service)"), isInOrder: state == "active", result: state,
        advice: "sudo systemctl restart \(service); journalctl -u \(service) -n 50")
    }
  }

  private func daemonFindings() -> [Finding] {
    guard let status = try? daemon.status() else {
      return [
        Finding(
          subject: text("daemon", "守护进程"), isInOrder: false, result: text("does not answer", "无应答"),
          advice: "sudo systemctl start bombyxd")
      ]
    }
    var findings = [
      Finding(
        subject: text("lease", "租约"), isInOrder: status.health.lease == "held",
        result: currentLanguage.lease(status.health.lease),
        advice: text(
          "is the guardian running, with the table of this configuration? bombyx apply", "守护进程是否运行且守护表一致？bombyx apply")),
      Finding(
        subject: text("log", "记录"), isInOrder: status.health.journal == "ready", result: status.health.journal,
        advice: nil),
    ]
    for channel in status.channels where channel.quality != "good" && channel.quality != "simulated" {
      findings.append(
        Finding(
          subject: channel.name, isInOrder: false, result: currentLanguage.quality(channel.quality),
          advice: channel.fault.map(currentLanguage.fault)))
    }
    for alarm in status.alarms {
      findings.append(
        Finding(subject: alarm.subject, isInOrder: false, result: currentLanguage.alarm(alarm.kind), advice: nil))
    }
    return findings
  }

  private func diskFinding() -> Finding {
    var statistics = statvfs()
    guard statvfs("/var/lib", &statistics) == 0, statistics.f_blocks > 0 else {
      return Finding(subject: text("disk", "磁盘"), isInOrder: false, result: text("unknown", "未知"), advice: nil)
    }
    let share = 100 * Double(statistics.f_bavail) / Double(statistics.f_blocks)
    return Finding(
      subject: text("disk", "磁盘"), isInOrder: share >= 10,
      result: text("\(Format.number(share, decimals: 0)) % free", "剩余 \(Format.number(share, decimals: 0)) %"),
      advice: text("free some space: journalctl --vacuum-size=50M", "请清理空间：journalctl --vacuum-size=50M"))
  }

  private func clockFinding() -> Finding {
    let state = Shell.output(of: "timedatectl show -p NTPSynchronized --value") ?? "no"
    return Finding(
      subject: text("clock", "时钟"), isInOrder: state == "yes",
      result: state == "yes" ? text("synchronised", "已同步") : text("not synchronised", "未同步"),
      advice: text("control does not need it; records are stamped with doubt until it is", "控制不受影响；同步前记录时间存疑"))
  }
}

/// Other programs' words.
enum Shell {
  /// What a command prints, without the line end; `nil` if it prints nothing.
  static func output(of command: String) -> String? {
    guard let pipe = popen(command + " 2>/dev/null", "r") else { return nil }
    defer { pclose(pipe) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while bytes.count < 1 << 20 {
      let count = fread(&chunk, 1, chunk.count, pipe)
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
