// Many runs on all cores, and the smallest set of events that still breaks a promise.

import Platform

/// Many runs.
public struct Campaign: Sendable {
  /// What came out of many runs.
  public struct Report: Sendable {
    /// Simulated house-months, of 30 days.
    public var houseMonths = 0.0
    /// Runs that broke a promise, in the order of their seeds.
    public var failures: [ScenarioResult] = []
    /// Situations reached in any run.
    public var situations = Situations()
    /// Digest of every run's trace, in the order of the runs.
    public var trace = TraceHash()
    /// Steps of controllers.
    public var steps = 0
  }

  /// The runs.
  public var runs: [ScenarioOptions]
  /// Threads.
  public var threads: Int
  /// Whether to stop at the first broken promise.
  public var stopsAtFirst = false

  /// A campaign of these runs.
  public init(runs: [ScenarioOptions], threads: Int) { (self.runs, self.threads) = (runs, threads) }

  /// Makes all runs.
  /// - Parameter progress: called now and then with the number of runs done.
  public func run(progress: @escaping @Sendable (Int) -> Void = { _ in }) -> Report {
    let state = Monitor(Progress())
    let runs = runs
    let stopsAtFirst = stopsAtFirst
    let work: @Sendable () -> Void = {
      while true {
        let index = state.update { state in
          defer { state.next += 1 }
          return state.next
        }
        guard index < runs.count else { return }
        var world = ScenarioWorld(runs[index])
        let result = world.run()
        let done = state.update { state in
          state.results[index] = result
          if stopsAtFirst, !result.violations.isEmpty { state.next = runs.count }
          return state.results.count
        }
        progress(done)
      }
    }
    let others = (1..<max(threads, 1)).compactMap { number in try? Thread(name: "run \(number)", run: work) }
    work()
    for thread in others { thread.join() }
    return Self.report(state.withLock { $0.results }, count: runs.count)
  }

  private struct Progress: Sendable {
    var next = 0
    var results: [Int: ScenarioResult] = [:]
  }

  private static func report(_ results: [Int: ScenarioResult], count: Int) -> Report {
    var report = Report()
    for index in 0..<count {
      guard let result = results[index] else { continue }
      report.houseMonths += result.days / 30
      report.situations.formUnion(result.situations)
      report.trace.add(result.trace.value)
      report.steps += result.steps
      if !result.violations.isEmpty { report.failures.append(result) }
    }
    return report
  }

  /// The smallest set of events found that still breaks the same promise: one event after the other is left out.
  public static func shrink(_ failure: ScenarioResult) -> ScenarioResult {
    guard let invariant = failure.violations.first?.invariant else { return failure }
    var best = failure
    var world = ScenarioWorld(failure.options)
    var events = failure.options.events ?? Set(world.events.indices)
    let end = failure.violations.first?.at ?? .max
    events = events.filter { world.events[$0].at <= end }
    for event in events.sorted(by: >) {
      var options = failure.options
      options.events = events.subtracting([event])
      world = ScenarioWorld(options)
      let result = world.run()
      guard result.violations.first?.invariant == invariant else { continue }
      events.remove(event)
      best = result
    }
    if best.options.events == nil { best.options.events = events }
    return best
  }
}
