// How many processors there are.

import Glibc

/// The machine's processors.
public enum Processors {
  /// Processors that are switched on, at least 1.
  public static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
