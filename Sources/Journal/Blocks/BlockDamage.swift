// What is wrong with the bytes of a block.

/// Why a block of samples cannot be read. Nothing of such a block is ever given out as a value.
enum BlockDamage: Error, Equatable {
  /// The checksum is not that of the bytes.
  case checksum
  /// The bytes end too early, or say what cannot be.
  case form
  /// A later version has written it.
  case version
  /// The columns of its row do not agree with its bytes.
  case row
}

extension BlockDamage: CustomStringConvertible {
  var description: String {
    switch self {
    case .checksum: "its checksum is wrong"
    case .form: "its bytes do not have the form of a block"
    case .version: "it is written in a form that this version does not know"
    case .row: "its row does not agree with its bytes"
    }
  }
}
