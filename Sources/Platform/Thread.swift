// A plain thread.

import CLinux
import Glibc

/// A plain thread with a name, running until its body returns.
public struct Thread: Sendable {
  private let handle: pthread_t

  private final class Body {
    let name: String
    let niceness: Int32
    let run: @Sendable () -> Void
    init(name: String, niceness: Int32, run: @escaping @Sendable () -> Void) {
      (self.name, self.niceness, self.run) = (name, niceness, run)
    }
  }

  /// Starts a thread.
  /// - Parameters:
  ///   - name: shown by `ps -L` and `top -H`; the kernel keeps 15 bytes.
  ///   - stack: size of its stack, bytes.
  ///   - niceness: how far it gives way to others, 0–19; without effect where the system does not let it.
  public init(name: String, stack: Int = 512 * 1024, niceness: Int32 = 0, run: @escaping @Sendable () -> Void)
    throws(SystemError)
  {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stack)
    let body = Unmanaged.passRetained(Body(name: name, niceness: niceness, run: run))
    var handle = pthread_t()
    let code = pthread_create(
      &handle, &attributes,
      { argument in
        guard let argument else { return nil }
        let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
        clinux_name_thread(body.name)
        if body.niceness > 0 { clinux_nice_thread(body.niceness) }
        body.run()
        return nil
      }, body.toOpaque())
    guard code == 0 else {
      body.release()
      throw SystemError("start thread \(name)", code: code)
    }
    self.handle = handle
  }

  /// Waits until the thread has ended.
  public func join() { pthread_join(handle, nil) }
}
