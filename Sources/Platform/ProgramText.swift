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

  /// Notes which pages are in main memory, for ``readAgain()``. By one thread, before it gives back what only starting needed.
  /// - Returns: how many bytes.
  @discardableResult
  public static func noteUsed() -> Int { cprogramtext_note() }

  /// Has those noted pages read again that the system has given up meanwhile, without mapping them or waiting: a program that is killed
  /// after weeks would have to wait for a slow card for each of them, while its outputs are in failsafe. By the thread that noted them.
  public static func readAgain() { cprogramtext_read_again() }
}
