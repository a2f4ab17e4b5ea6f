// Figures that the safety case quotes: printed, and kept in .build/measured.txt.

import Foundation
import Platform
import Synchronization
import Testing

/// Keeps what was measured, one line each: `name: value`.
enum Measured {
  private static let lock = Mutex(())

  /// Notes a figure.
  static func note(_ name: String, _ value: String) {
    let line = "\(name): \(value)\n"
    lock.withLock { _ in
      print("measured  \(line)", terminator: "")
      let path = Built.root + "/.build/measured.txt"
      if !FileManager.default.fileExists(atPath: path) {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
      }
      guard let file = FileHandle(forWritingAtPath: path) else { return }
      _ = try? file.seekToEnd()
      try? file.write(contentsOf: Data(line.utf8))
    }
  }

  /// Notes the worst of several times, in seconds.
  static func worst(_ name: String, _ times: [Double]) {
    let worst = times.max() ?? .infinity
    note(name, "worst \(String(format: "%.3f", worst)) s of \(times.count)")
  }

  /// Expects a time to be within its limit, when the run is one that measures: a few trials beside other work tell what happens
  /// and in which order, not how fast.
  static func expect(_ times: [Double], within limit: Double, sourceLocation: SourceLocation = #_sourceLocation) {
    guard Effort.isFull else { return }
    #expect(times.max() ?? .infinity <= limit, sourceLocation: sourceLocation)
  }
}

/// How much is tried: little with every `./dev test`, all that the safety case asks for with `./dev process-trials`.
enum Effort {
  private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

  /// Trials with each fault of the controller.
  static let controllerTrials = number("BOMBYX_TRIALS") ?? 20
  /// Trials with each fault of the guardian.
  static let guardianTrials = number("BOMBYX_TRIALS").map { max($0 / 2, 1) } ?? 20
  /// Whether the long measurements are made.
  static let isFull = number("BOMBYX_TRIALS") != nil
}

/// The machine that all tests share.
enum Machine {
  private final class Lock: @unchecked Sendable {
    let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
    init() { pthread_rwlock_init(lock, nil) }
  }

  private static let lock = Lock()
  private static let stack = 4 << 20
  /// Sheds that run at the same time.
  private static let places = DispatchSemaphore(value: 24)

  /// Runs something in a thread of its own, beside other tests.
  static func shared<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await onThread {
      pthread_rwlock_rdlock(lock.lock)
      defer { pthread_rwlock_unlock(lock.lock) }
      return try body()
    }
  }

  /// Runs something that would disturb other process tests, when none of them runs.
  static func alone<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await onThread {
      pthread_rwlock_wrlock(lock.lock)
      defer { pthread_rwlock_unlock(lock.lock) }
      return try body()
    }
  }

  /// Runs trials in sheds side by side.
  /// - Parameter body: makes so many trials in one shed, and returns what each measured.
  static func trials(
    _ count: Int, inEach most: Int = 5, _ body: @escaping @Sendable (Range<Int>) throws -> [Double]
  ) async throws -> [Double] {
    try await shared {
      let results = Mutex<[Swift.Result<[Double], any Error>]>([])
      let threads = try stride(from: 0, to: count, by: most).map { first in
        try Platform.Thread(name: "shed", stack: stack) {
          places.wait()
          defer { places.signal() }
          let result = Swift.Result { try body(first..<min(first + most, count)) }
          results.withLock { $0.append(result) }
        }
      }
      for thread in threads { thread.join() }
      return try results.withLock { try $0.flatMap { try $0.get() } }
    }
  }

  private static func onThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      do {
        _ = try Platform.Thread(name: "rig", stack: stack) { continuation.resume(with: Swift.Result(catching: body)) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }
}
