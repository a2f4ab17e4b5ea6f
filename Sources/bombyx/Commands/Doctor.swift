// bombyx doctor: everything a person needs to help from afar.

import ArgumentParser
import Configuration
import FoundationEssentials
import Glibc
import LocalService
import Platform
import TerminalUI

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Check the whole device; with --bundle, write it all to a file.", "检查整台设备；加 --bundle 写入文件以便远程协助。"))

  @Option(help: help("Write a report for someone who helps from afar; secrets are removed.", "写出供远程协助的报告，已去除密钥。"))
  var bundle: String?

  @Option(help: help("The device's configuration.", "设备配置文件。"))
  var config = "/etc/bombyx/bombyx.toml"

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      let findings = Examination(config: config, daemon: daemon).findings()
      if let bundle {
        try writeBundle(findings, to: bundle)
      } else if output.json {
        try output.printJSON(findings)
      } else {
        for finding in findings {
          let mark = finding.isInOrder ? output.style("ok  ", .good) : output.style("BAD ", .bad)
          print(mark + finding.subject + ": " + finding.result)
          if let advice = finding.advice, !finding.isInOrder { print("      " + advice) }
        }
      }
      if findings.contains(where: { !$0.isInOrder }) { throw ExitCodes.notInOrder }
    }
  }

  private func writeBundle(_ findings: [Finding], to path: String) throws {
    var lines = ["Bombyx \(Bombyx.configuration.version)", ""]
    for finding in findings {
      lines.append("\(finding.isInOrder ? "ok " : "BAD") \(finding.subject): \(finding.result)")
    }
    for (title, command) in Self.sources {
      lines += ["", "== \(title)", Shell.output(of: command) ?? "(not available)"]
    }
    if let text = try? TextFile.read(config, limit: 1 << 20) { lines += ["", "== \(config)", text] }
    if let status = try? daemon.status() {
      lines += ["", "== status"] + StatusScreen(.en, Style(isColoured: false)).lines(status)
      lines +=
        ["", "== sensors"] + status.channels.map { "\($0.name) \($0.value.map { "\($0)" } ?? "-") \($0.quality)" }
    }
    if let events = try? daemon.call(.events, returning: [EntryMessage].self) {
      lines += ["", "== events"] + EntryTable.csv(events)
    }
    let report = Redaction.redact(lines.joined(separator: "\n") + "\n")
    do throws(SystemError) {
      try TextFile.replace(path, with: report, mode: 0o600)
    } catch {
      throw Failure("the report could not be written: \(error)", "报告无法写入：\(error)")
    }
    print(text("written: \(path)", "已写入：\(path)"))
  }

  private static let sources = [
    ("system", "cat /etc/os-release; uname -a; uptime; df -h; free -m"),
    ("services", "systemctl status bombyxd bombyx-guardian --no-pager -n 0"),
    ("journal", "journalctl -u bombyxd -u bombyx-guardian -n 300 --no-pager -o short-iso"),
    ("kernel", "dmesg | grep -iE 'i2c|gpio|mmc|voltage|ext4' | tail -n 50"),
    ("buses", "ls -l /dev/i2c-* /dev/gpiochip*"),
  ]
}

/// Passwords, keys and tokens out of a report.
enum Redaction {
  /// The report without secrets: values of settings that are named like one, and user names with passwords in addresses.
  static func redact(_ report: String) -> String {
    report.split(separator: "\n", omittingEmptySubsequences: false).map(redactLine).joined(separator: "\n")
  }

  private static func redactLine(_ line: Substring) -> String {
    let lower = line.lowercased()
    if ["password", "secret", "token", "passphrase", "private"].contains(where: lower.contains),
      let sign = line.firstIndex(where: { $0 == "=" || $0 == ":" })
    {
      return line[...sign] + " [removed]"
    }
    guard let scheme = line.firstRange(of: "://"), let at = line[scheme.upperBound...].firstIndex(of: "@") else {
      return String(line)
    }
    return line[..<scheme.upperBound] + "[removed]" + line[at...]
  }
}
