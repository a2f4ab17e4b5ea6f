// Signed notes (C2SP signed-note): a text with Ed25519 signatures below it.

import Cryptography
import FoundationEssentials

/// What a key is called and how it is told from others of that name.
private struct KeyLabel: Hashable {
  static let ed25519: UInt8 = 0x01
  static let hashSize = 4

  var name: String
  var hash: [UInt8]

  /// SHA-256(name ‖ newline ‖ type ‖ key), the first four bytes.
  init(name: String, key: [UInt8]) {
    self.name = name
    hash = Array(SHA256.hash(Array(name.utf8) + [UInt8(ascii: "\n")] + key).prefix(Self.hashSize))
  }

  static func isName(_ name: some StringProtocol) -> Bool {
    !name.isEmpty && !name.contains { $0 == "+" || $0.isWhitespace }
      && name.unicodeScalars.allSatisfy { $0.value >= 0x20 }
  }

  var hashText: String { hash.hexadecimal }

  /// The key of `name+hash+base64(type ‖ key)`.
  static func key(in text: some StringProtocol, label: (String, [UInt8]) -> KeyLabel?) -> (
    label: KeyLabel, key: [UInt8]
  )? {
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, isName(parts[0]), let data = Data(base64Encoded: String(parts[2])), data.first == ed25519,
      data.count == 33, let label = label(String(parts[0]), Array(data)), label.hashText == parts[1]
    else { return nil }
    return (label, Array(data.dropFirst()))
  }
}

/// A key that signatures are checked with.
public struct NoteVerifier: Sendable {
  fileprivate let label: KeyLabel
  private let key: Ed25519PublicKey

  /// Name of the key.
  public var name: String { label.name }

  /// A key as written: name, hash and key, with `+` between them. `nil` if the text is none, or none of Ed25519.
  public init?(_ text: String) {
    guard let (label, key) = KeyLabel.key(in: text, label: { KeyLabel(name: $0, key: $1) }),
      let key = Ed25519PublicKey(key)
    else { return nil }
    (self.label, self.key) = (label, key)
  }

  fileprivate func isValid(_ signature: some Collection<UInt8>, of text: String) -> Bool {
    key.isValid(signature, of: text.utf8)
  }
}

/// A key that notes are signed with.
public struct NoteSigner: Sendable {
  private static let prefix = "PRIVATE+KEY+"
  private let label: KeyLabel
  private let key: Ed25519PrivateKey

  /// A new key of this name; `nil` if it is no name.
  public init?(newKeyNamed name: String) {
    guard KeyLabel.isName(name), let key = Ed25519PrivateKey.random() else { return nil }
    self.init(name: name, key: key)
  }

  /// A key as written: `PRIVATE+KEY+`, then name, hash and seed, with `+` between them. `nil` if the text is none.
  public init?(_ text: String) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    var found: Ed25519PrivateKey?
    let parts = KeyLabel.key(in: text.dropFirst(Self.prefix.count)) { name, seed in
      found = Ed25519PrivateKey(seed: seed.dropFirst())
      return found.map { Self.label(name, $0) }
    }
    guard let parts, let found else { return nil }
    self.init(name: parts.label.name, key: found)
  }

  private init(name: String, key: Ed25519PrivateKey) {
    (label, self.key) = (Self.label(name, key), key)
  }

  private static func label(_ name: String, _ key: Ed25519PrivateKey) -> KeyLabel {
    KeyLabel(name: name, key: [KeyLabel.ed25519] + key.publicKey.bytes)
  }

  /// The key as written. A secret.
  public var text: String { "\(Self.prefix)\(label.name)+\(label.hashText)+\(base64(key.seed))" }

  /// The key that the signatures are checked with, as written.
  public var verifierText: String { "\(label.name)+\(label.hashText)+\(base64(key.publicKey.bytes))" }

  private func base64(_ key: [UInt8]) -> String { Data([KeyLabel.ed25519] + key).base64EncodedString() }

  /// A note with this text, which must end with a newline, and one signature.
  public func note(_ text: String) throws(SyncFault) -> String {
    guard SignedNote.isText(text) else {
      throw .form("the text of a note ends with a newline and has no control characters")
    }
    let signature = Data(label.hash + key.signature(of: text.utf8))
    return "\(text)\n— \(label.name) \(signature.base64EncodedString())\n"
  }
}

/// Notes with signatures.
public enum SignedNote {
  private static let mostSignatures = 100

  fileprivate static func isText(_ text: String) -> Bool {
    text.utf8.last == UInt8(ascii: "\n") && text.utf8.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\n") }
  }

  /// Checks a note.
  /// - Parameters:
  ///   - message: a note, or anything else.
  ///   - keys: the keys that are believed. Signatures of others are passed over.
  /// - Returns: the text, and the names of the keys that have signed it, at least one.
  /// - Throws: if it is no note, if no known key has signed it, and if a signature that claims to be of a known key is not.
  public static func open(
    _ message: [UInt8], keys: [NoteVerifier]
  ) throws(SyncFault) -> (text: String, signers: [String]) {
    guard message.count <= SyncLimits.message else { throw .tooLarge("a note of \(message.count) bytes") }
    guard let note = String(validating: message, as: UTF8.self), isText(note) else {
      throw .form("a note is UTF-8 without control characters and ends with a newline")
    }
    let lines = note.utf8.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let blank = lines.lastIndex(where: \.isEmpty), blank > 0, blank + 1 < lines.count else {
      throw .form("a note has signatures below an empty line")
    }
    let text = lines[..<blank].map { Substring($0) + "\n" }.joined()
    let signatures = lines[(blank + 1)...]
    guard signatures.count <= mostSignatures else { throw .tooLarge("\(signatures.count) signatures") }
    var signers: [String] = []
    for line in signatures {
      let (name, data) = try signature(Substring(line))
      let hash = Array(data.prefix(KeyLabel.hashSize))
      guard let key = keys.first(where: { $0.label.name == name && $0.label.hash == hash }) else { continue }
      guard key.isValid(data.dropFirst(KeyLabel.hashSize), of: text) else {
        throw .form("the signature of \(name) is not of this text")
      }
      if !signers.contains(name) { signers.append(name) }
    }
    guard !signers.isEmpty else { throw .form("no key that is known here has signed it") }
    return (text, signers)
  }

  private static func signature(_ line: Substring) throws(SyncFault) -> (name: String, data: Data) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "—", KeyLabel.isName(parts[1]),
      let data = Data(base64Encoded: String(parts[2])),
      data.count > KeyLabel.hashSize
    else { throw .form("a line below the text is no signature") }
    return (String(parts[1]), data)
  }
}
