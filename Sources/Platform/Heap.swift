// What the C library's allocator keeps.

import CLinux

/// The heap of this process (glibc's malloc(3)).
public enum Heap {
  /// Lets all threads share one arena. To be called before there is a second thread.
  ///
  /// By default each thread gets an arena of its own, so that threads which allocate all the time do not wait for each other. Threads that
  /// work for a millisecond a second only pay for it: 0.1 MB each for `bombyxd`.
  public static func useOneArena() { _ = mallopt(M_ARENA_MAX, 1) }

  /// Gives pages back in which nothing is left.
  public static func trim() { _ = malloc_trim(0) }
}
