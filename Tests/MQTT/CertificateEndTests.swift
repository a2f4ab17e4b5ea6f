// When certificates end, read from real ones.

import Foundation
import MQTT
import Servers
import Testing

@Suite("End of a certificate")
struct CertificateEndTests {
  private let authority: CertificateAuthority

  init() throws { authority = try CertificateAuthority() }

  private func end(_ file: String) -> Int64? { TLSSettings.Identity(certificate: file, key: "").end }

  /// Of two files one that holds both, as a certificate stands before the one of its authority.
  private func chain(_ first: String, _ second: String) throws -> String {
    let path = first + ".chain"
    let text = try [first, second].map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test("is the time that it was signed for, before and after the year 2050, when its form is another")
  func single() throws {
    let ends: [(String, Int64)] = [
      ("20270101000000Z", 1_798_761_600_000), ("20200229235959Z", 1_583_020_799_000),
      ("20990101000000Z", 4_070_908_800_000),
    ]
    for (text, expected) in ends {
      #expect(end(try authority.sign("shed", validity: "20200101000000Z"...text).certificate) == expected)
    }
  }

  @Test("is that of the one in its file which ends first, wherever it stands")
  func earliest() throws {
    let short = try authority.sign("short", validity: "20200101000000Z"..."20270101000000Z").certificate
    let long = try authority.sign("long").certificate
    #expect(end(try chain(short, long)) == 1_798_761_600_000)
    #expect(end(try chain(long, short)) == 1_798_761_600_000)
  }

  @Test("is not known of a file that is absent, empty, or holds something else")
  func none() throws {
    let directory = try ScratchDirectory()
    for (name, text) in [
      ("empty", ""), ("text", "no certificate\n"), ("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n"),
    ] {
      try directory.write(text, to: name)
      #expect(end(directory.file(name)) == nil)
    }
    #expect(end(directory.file("absent")) == nil)
    #expect(end(try authority.sign("shed").key) == nil)
  }
}
