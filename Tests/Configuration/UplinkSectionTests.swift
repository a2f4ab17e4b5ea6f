// [uplink]: what is read, and what is refused, each with its place.

import Climate
import Controller
import Foundation
import TOML
import Testing

@testable import Configuration

@Suite("The section [uplink]") struct UplinkSectionTests {
  private static let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

  private func read(_ text: String) -> (uplink: UplinkConfiguration?, faults: [ConfigurationFault]) {
    let overlay = ConfigurationSource(file: "uplink.toml", text: "[uplink]\n" + text)
    let (configuration, faults) = load(files.sources().sources + [overlay])
    return (configuration?.uplink, faults)
  }

  @Test("all keys are read") func all() throws {
    let (uplink, faults) = read(
      """
      broker = "mqtts://hub.example.cn:8884"
      device = "wenfeng-3"
      ca = "/etc/bombyx/county.pem"
      certificate = "/etc/bombyx/device.pem"
      key = "/etc/bombyx/device.key"
      user = "wenfeng-3"
      password-file = "/etc/bombyx/broker.password"
      command-keys = ["\(Self.key)"]
      daily-budget = "20 MB"
      schedule = ["22:00-06:00", "12:00 - 13:30"]
      """)
    #expect(faults.isEmpty, "\(faults)")
    var expected = UplinkConfiguration(
      broker: "mqtts://hub.example.cn:8884", host: "hub.example.cn", port: 8_884, isProtected: true)
    (expected.device, expected.authorities) = ("wenfeng-3", "/etc/bombyx/county.pem")
    (expected.certificate, expected.key) = ("/etc/bombyx/device.pem", "/etc/bombyx/device.key")
    (expected.user, expected.passwordFile) = ("wenfeng-3", "/etc/bombyx/broker.password")
    (expected.commandKeys, expected.dailyBudget) = ([Self.key], 20_000_000)
    expected.schedule = [
      .init(from: .hours(22), to: .hours(6)), .init(from: .hours(12), to: .minutes(13 * 60 + 30)),
    ]
    #expect(uplink == expected)
  }

  @Test(
    "brokers as they may be written",
    arguments: [
      ("mqtts://hub", "hub", 8_883), ("mqtts://10.0.0.7:1", "10.0.0.7", 1),
      ("mqtts://[fd00::1]:8884", "fd00::1", 8_884),
      ("mqtt://localhost", "localhost", 1_883), ("mqtt://127.0.0.1:1884", "127.0.0.1", 1_884),
      ("mqtt://[::1]", "::1", 1_883),
    ])
  func brokers(_ example: (text: String, host: String, port: Int)) throws {
    let (uplink, faults) = read("broker = \"\(example.text)\"\n")
    #expect(faults.isEmpty, "\(faults)")
    #expect(uplink?.host == example.host && uplink.map { Int($0.port) } == example.port)
    #expect(uplink?.isProtected == example.text.hasPrefix("mqtts"))
  }

  @Test("without TLS only this machine is spoken to, unless somebody says so in a word") func plaintext() throws {
    #expect(read("broker = \"mqtt://hub\"\nplaintext = \"allow\"\n").uplink?.isProtected == false)
    let hosts = ["hub", "128.0.0.1", "127.0.0.1.example.cn", "localhost.example.cn"]
    for host in hosts {
      let fault = try #require(read("broker = \"mqtt://\(host)\"\n").faults.first)
      #expect(fault.english.contains("must be reached with TLS"))
      #expect(fault.location.line == 2 && fault.location.column == 10)
    }
  }

  @Test(
    "what is wrong is said with its place",
    arguments: [
      ("device = \"x\"", "\"broker\" is missing", 1), ("broker = \"hub\"", "is no broker", 2),
      ("broker = \"https://hub\"", "is no broker", 2), ("broker = \"mqtts://user:secret@hub\"", "is no broker", 2),
      ("broker = \"mqtts://hub:70000\"", "is no broker", 2), ("broker = \"mqtts://hub/x\"", "is no broker", 2),
      ("broker = \"mqtts://\"", "is no broker", 2), ("broker = \"mqtts://[fd00::1\"", "is no broker", 2),
      ("broker = \"mqtts://h\"\ndevice = \"Wenfeng 3\"", "is no name of a device", 3),
      ("broker = \"mqtts://h\"\nca = \"county.pem\"", "the full path", 3),
      ("broker = \"mqtts://h\"\ncertificate = \"/a\"", "\"key\" is missing: a certificate and its key", 1),
      ("broker = \"mqtts://h\"\ncommand-keys = [\"abc\"]", "no public key", 3),
      ("broker = \"mqtts://h\"\ndaily-budget = \"5\"", "write it like \"512 MiB\"", 3),
      ("broker = \"mqtts://h\"\nschedule = [\"22-6\"]", "no part of the day", 3),
      ("broker = \"mqtts://h\"\nschedule = [\"06:00-06:00\"]", "no part of the day", 3),
      ("broker = \"mqtts://h\"\nplaintext = \"yes\"", "may only be \"allow\"", 3),
      ("broker = \"mqtts://h\"\ninsecure = true", "unknown key \"insecure\"", 3),
      ("broker = \"mqtt://localhost\"\nca = \"/a\"", "of no use without TLS", 3),
      ("broker = \"mqtts://h\"\npassword-file = \"/a\"", "a password belongs to a user", 1),
      ("broker = \"mqtts://h\"\nuser = \"u\"\npassword-file = \"a\"", "the full path of a file", 4),
    ])
  func faults(_ example: (text: String, words: String, line: Int)) throws {
    let (uplink, faults) = read(example.text + "\n")
    #expect(uplink == nil)
    let fault = faults.first { $0.english.contains(example.words) }
    #expect(fault?.location.line == example.line, "\(faults)")
    #expect(faults.allSatisfy { !$0.chinese.isEmpty && $0.location.file == "uplink.toml" })
  }
}
