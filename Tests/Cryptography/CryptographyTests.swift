// Hashes and signatures against the vectors of their standards.

import Testing

@testable import Cryptography

private func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

@Suite("SHA-256") struct SHA256Tests {
  @Test(
    "examples of FIPS 180-4, whole and in pieces of any length",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func examples(text: String, hash: String) {
    #expect(SHA256.hash(text.utf8) == bytes(hash))
    for length in 1...7 {
      var pieces = SHA256()
      var rest = Substring(text)
      while !rest.isEmpty {
        pieces.update(rest.prefix(length).utf8)
        rest = rest.dropFirst(length)
      }
      #expect(pieces.finish() == bytes(hash))
    }
  }
}

@Suite("Ed25519") struct Ed25519Tests {
  /// RFC 8032 §7.1, tests 1 to 3: seed, public key, message, signature.
  private static let vectors = [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    ),
  ]

  @Test("examples of RFC 8032 are signed as written there, and believed", arguments: vectors)
  func examples(seed: String, known: String, message: String, signature: String) throws {
    let key = try #require(Ed25519PrivateKey(seed: bytes(seed)))
    #expect(key.publicKey.bytes == bytes(known))
    #expect(key.signature(of: bytes(message)) == bytes(signature))
    #expect(try #require(Ed25519PublicKey(bytes(known))).isValid(bytes(signature), of: bytes(message)))
  }

  @Test("no bit of signature, message or key may be another")
  func flipped() throws {
    let (_, known, message, signature) = Self.vectors[2]
    let key = try #require(Ed25519PublicKey(bytes(known)))
    for bit in 0..<(64 * 8) {
      var wrong = bytes(signature)
      wrong[bit / 8] ^= 1 << (bit % 8)
      #expect(!key.isValid(wrong, of: bytes(message)))
    }
    #expect(!key.isValid(bytes(signature), of: bytes("af83")))
    for bit in 0..<(32 * 8) {
      var wrong = bytes(known)
      wrong[bit / 8] ^= 1 << (bit % 8)
      #expect(try !#require(Ed25519PublicKey(wrong)).isValid(bytes(signature), of: bytes(message)))
    }
  }

  @Test("what has not the right length is no key and no signature")
  func lengths() throws {
    for count in [0, 31, 33, 64] {
      let some = [UInt8](repeating: 1, count: count)
      #expect(Ed25519PublicKey(some) == nil && Ed25519PrivateKey(seed: some) == nil)
    }
    let key = try #require(Ed25519PrivateKey.random())
    let signature = key.signature(of: [1, 2, 3])
    #expect(key.publicKey.isValid(signature, of: [1, 2, 3]))
    #expect(!key.publicKey.isValid(signature.dropLast(), of: [1, 2, 3]))
    #expect(!key.publicKey.isValid(signature + [0], of: [1, 2, 3]))
    #expect(!key.publicKey.isValid([], of: [1, 2, 3]))
  }

  @Test("a key of small order signs nothing, whatever its signature")
  func smallOrder() throws {
    // The neutral element: with it, a signature of zeros and that point would hold for any message.
    let neutral = [1] + [UInt8](repeating: 0, count: 31)
    let signature = neutral + [UInt8](repeating: 0, count: 32)
    #expect(try !#require(Ed25519PublicKey(neutral)).isValid(signature, of: [1]))
  }

  @Test("two new keys are two")
  func random() throws {
    #expect(try #require(Ed25519PrivateKey.random()).seed != #require(Ed25519PrivateKey.random()).seed)
  }
}
