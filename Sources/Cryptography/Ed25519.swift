// Signatures with Ed25519 (RFC 8032), by libsodium. Neither they nor hashes use what `sodium_init` prepares: randomness, and code for
// certain processors.

import CSodium

/// A key that signatures are checked with.
public struct Ed25519PublicKey: Equatable, Sendable {
  /// Bytes of a key.
  public static let size = Int(crypto_sign_PUBLICKEYBYTES)

  /// The key, 32 bytes.
  public let bytes: [UInt8]

  /// A key from its 32 bytes; `nil` if there are not so many.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    self.bytes = Array(bytes)
  }

  /// Whether this is the key's signature of a message. Of a key that is no point of the curve, or of small order, there is none.
  public func isValid(_ signature: some Collection<UInt8>, of message: some Collection<UInt8>) -> Bool {
    guard signature.count == Int(crypto_sign_BYTES) else { return false }
    let message = Array(message)
    return crypto_sign_verify_detached(Array(signature), message, UInt64(message.count), bytes) == 0
  }
}

/// A key that messages are signed with. A secret.
public struct Ed25519PrivateKey: Sendable {
  /// The seed from which the key is made, 32 bytes.
  public let seed: [UInt8]
  /// The key that its signatures are checked with.
  public let publicKey: Ed25519PublicKey
  /// Seed and public key, as libsodium wants them.
  private let pair: [UInt8]

  /// A key from its seed; `nil` if it has not 32 bytes.
  public init?(seed: some Collection<UInt8>) {
    guard seed.count == Int(crypto_sign_SEEDBYTES) else { return nil }
    self.seed = Array(seed)
    var pair = [UInt8](repeating: 0, count: Int(crypto_sign_SECRETKEYBYTES))
    var known = [UInt8](repeating: 0, count: Ed25519PublicKey.size)
    guard crypto_sign_seed_keypair(&known, &pair, self.seed) == 0, let key = Ed25519PublicKey(known) else { return nil }
    (self.pair, publicKey) = (pair, key)
  }

  /// A new key, from the system's source of randomness.
  public static func random() -> Ed25519PrivateKey? {
    var system = SystemRandomNumberGenerator()
    return Ed25519PrivateKey(
      seed: (0..<Int(crypto_sign_SEEDBYTES)).map { _ in UInt8.random(in: .min ... .max, using: &system) })
  }

  /// The signature of a message, 64 bytes; always the same of the same message.
  public func signature(of message: some Collection<UInt8>) -> [UInt8] {
    let message = Array(message)
    var signature = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
    crypto_sign_detached(&signature, nil, message, UInt64(message.count), pair)
    return signature
  }
}
