// Being asked to stop.

import CLinux
import Glibc

/// Signals that ask a process to stop, read from a descriptor instead of interrupting anything.
public enum Signals {
  /// Blocks SIGTERM, SIGINT and SIGHUP for the whole process and returns a descriptor that becomes readable when one arrives.
  ///
  /// To be called before the first thread is started, because threads inherit the mask. SIGPIPE is ignored: a peer that went
  /// away is an error of `write`, not the end of the process.
  public static func stopDescriptor() throws(SystemError) -> FileDescriptor {
    signal(SIGPIPE, SIG_IGN)
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGHUP)
    guard pthread_sigmask(SIG_BLOCK, &set, nil) == 0 else { throw .last("block signals") }
    let number = signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
    guard number >= 0 else { throw .last("open a signal descriptor") }
    return FileDescriptor(owning: number)
  }
}
