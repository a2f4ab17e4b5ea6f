// SHA-256 (FIPS 180-4), by libsodium.

import CSodium

/// A SHA-256 that is fed bit by bit.
public struct SHA256: Sendable {
  /// Bytes of a hash.
  public static let size = Int(crypto_hash_sha256_BYTES)

  private var state = crypto_hash_sha256_state()

  /// A hash of nothing yet.
  public init() { crypto_hash_sha256_init(&state) }

  /// Takes the next bytes in.
  public mutating func update(_ bytes: some Collection<UInt8>) {
    let whole = Array(bytes)
    crypto_hash_sha256_update(&state, whole, UInt64(whole.count))
  }

  /// The hash of all that was taken in, 32 bytes.
  public consuming func finish() -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: Self.size)
    crypto_hash_sha256_final(&state, &hash)
    return hash
  }

  /// The hash of some bytes, 32 bytes.
  public static func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}
