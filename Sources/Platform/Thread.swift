// A plain thread.

import CLinux
import Glibc

/// A plain thread with a name, running until its body returns.
public struct Thread: Sendable {
  private let handle: pthread_t

  private final class Body {
    let name: String
    let run: @Sendable () -> Void
    init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// Starts a thread.
  /// - Parameters:
  ///   - name: shown by `ps -L` and `top -H`; the kernel keeps 15 bytes.
  ///   - stack: size of its stack, bytes.
  public init(name: String, stack: Int = 512 * 1024, run: @escaping @Sendable () -> Void) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stack)
    let body = Unmanaged.passRetained(Body(name: name, run: run))
    var handle = pthread_t()
    let code = pthread_create(
      &handle, &attributes,
      { argument in
        guard let argument else { return nil }
        let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
        clinux_name_thread(body.name)
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
