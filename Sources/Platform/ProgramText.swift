// The program's own code in memory.

import CProgramText

/// The mapped code and constants of this program and its libraries.
public enum ProgramText {
  /// Gives back the pages that only starting needed.
  ///
  /// The runtime looks through the metadata of the whole program when it starts, which maps most of a statically linked
  /// binary: 14 of 18 MB for `bombyxd`, of which it uses under 2 MB from then on. What is used again is mapped again, from the page
  /// cache; nothing that was written is touched.
  public static func releaseUnused() { cprogramtext_release() }
}
