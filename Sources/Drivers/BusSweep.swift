// One pass over all sensors of a bus.

public import Climate

/// What became of one sensor's measurement.
public struct SweepResult {
  /// Index of the sensor.
  public var sensor: Int
  /// The values, or why there are none.
  public var result: Result<[Measurement], SensorError>
}

/// Triggers every sensor that is due, waits for the first conversion to end, and collects each as soon as it is ready.
///
/// Conversions overlap, and sensors that allow it are triggered and read in one call each: a sweep takes as long as the longest
/// conversion and the transfers, not the sum of all. A sensor that fails costs the others no more than its own transaction.
public final class BusSweep {
  /// Called with the results of one sensor, or of several that were read together.
  public typealias Report = ([SweepResult], Instant) -> Void

  /// A sensor to be collected at a time.
  private struct Pending {
    var sensor: Int
    var at: Instant
    var steps: Int
  }

  /// Most collections of one sensor in a sweep: a driver that asks for more without end is cut off.
  private static let mostSteps = 32
  /// A sweep may come this much early and still find its sensors due: the period is a whole second, the interval as well.
  private static let tolerance = Duration.milliseconds(100)

  private let bus: any I2CBus
  private let sensors: [any Sensor]
  private let batched: [(any BatchedSensor)?]
  private let intervals: [Duration]
  private let clock: any MonotonicClock
  private var nextDue: [Instant?]
  private var pending: [Pending] = []

  /// A sweep over the sensors of a bus.
  /// - Parameter intervals: how often each sensor is measured; never more often than its model allows.
  public init(bus: any I2CBus, sensors: [any Sensor], intervals: [Duration], clock: any MonotonicClock) {
    (self.bus, self.sensors, self.clock) = (bus, sensors, clock)
    batched = sensors.map { $0 as? any BatchedSensor }
    self.intervals = sensors.indices.map { index in
      max(intervals.indices.contains(index) ? intervals[index] : .zero, sensors[index].model.minimumInterval)
    }
    nextDue = Array(repeating: nil, count: sensors.count)
    pending.reserveCapacity(sensors.count)
  }

  /// One pass.
  /// - Parameter report: called as soon as results are known. A sensor that has nothing new and nothing wrong is not
  ///   reported.
  public func run(report: Report) {
    let due = sensors.indices.filter { isDue($0) }
    let together = due.filter { batched[$0]?.nextCommand != nil }
    if together.count > 1 { triggerTogether(together, report) }
    for index in due where together.count < 2 || !together.contains(index) { trigger(index, report) }
    while let next = takeEarliest() {
      clock.sleep(until: next.at)
      let ready = [next] + takeReady(with: next)
      if ready.count > 1 { collectTogether(ready, report) } else { collect(next, report) }
    }
  }

  private func isDue(_ index: Int) -> Bool {
    let now = clock.now()
    guard let due = nextDue[index] else {
      nextDue[index] = now.advanced(by: intervals[index])
      return true
    }
    guard now.advanced(by: Self.tolerance) >= due else { return false }
    // From when it was due, so that the interval does not drift; after a pause from now.
    let next = due.advanced(by: intervals[index])
    nextDue[index] = next > now ? next : now.advanced(by: intervals[index])
    return true
  }

  private func takeEarliest() -> Pending? {
    guard let index = pending.indices.min(by: { pending[$0].at < pending[$1].at }) else { return nil }
    return pending.remove(at: index)
  }

  /// Takes out what can be read together with the first.
  private func takeReady(with first: Pending) -> [Pending] {
    guard batched[first.sensor]?.nextAnswer != nil else { return [] }
    let now = clock.now()
    let isReady = { (item: Pending) in item.at <= now && self.batched[item.sensor]?.nextAnswer != nil }
    let ready = pending.filter(isReady)
    if !ready.isEmpty { pending.removeAll(where: isReady) }
    return ready
  }

  // MARK: One by one

  private func trigger(_ index: Int, _ report: Report) {
    do throws(SensorError) {
      let wait = try sensors[index].trigger(on: bus, at: clock.now())
      pending.append(Pending(sensor: index, at: clock.now().advanced(by: wait), steps: 1))
    } catch {
      report([SweepResult(sensor: index, result: .failure(error))], clock.now())
    }
  }

  private func collect(_ item: Pending, _ report: Report) {
    let result = outcome(of: item) { () throws(SensorError) in
      try sensors[item.sensor].collect(from: bus, at: clock.now())
    }
    if let result { report([result], clock.now()) }
  }

  /// What there is to report after a collection; `nil` if nothing yet.
  private func outcome(
    of item: Pending, _ collect: () throws(SensorError) -> Collection
  ) -> SweepResult? {
    do throws(SensorError) {
      switch try collect() {
      case .finished(let measurements): return SweepResult(sensor: item.sensor, result: .success(measurements))
      case .notYet: return nil
      case .more(let wait):
        guard item.steps < Self.mostSteps else { throw .notReady }
        pending.append(
          Pending(sensor: item.sensor, at: clock.now().advanced(by: wait), steps: item.steps + 1))
        return nil
      }
    } catch {
      return SweepResult(sensor: item.sensor, result: .failure(error))
    }
  }

  // MARK: Several at once

  private func triggerTogether(_ indices: [Int], _ report: Report) {
    let results = bus.transactions(
      indices.map { I2CTransaction([.write(batched[$0]?.nextCommand ?? [])], at: sensors[$0].address) })
    let now = clock.now()
    var failures: [SweepResult] = []
    for (index, result) in zip(indices, results) {
      guard let sensor = batched[index] else { continue }
      switch result {
      case .success:
        pending.append(Pending(sensor: index, at: now.advanced(by: sensor.didStart()), steps: 1))
      case .failure(let error):
        sensor.didFail()
        failures.append(SweepResult(sensor: index, result: .failure(.bus(error))))
      }
    }
    if !failures.isEmpty { report(failures, now) }
  }

  private func collectTogether(_ items: [Pending], _ report: Report) {
    let reads = bus.transactions(
      items.map { item in
        I2CTransaction(
          [.read(count: batched[item.sensor]?.nextAnswer ?? 0)], at: sensors[item.sensor].address)
      })
    var results: [SweepResult] = []
    for (item, read) in zip(items, reads) {
      guard let sensor = batched[item.sensor] else { continue }
      let result = outcome(of: item) { () throws(SensorError) in
        switch read {
        case .success(let bytes): return try sensor.collect(bytes.first ?? [])
        case .failure(let error):
          sensor.didFail()
          throw .bus(error)
        }
      }
      if let result { results.append(result) }
    }
    if !results.isEmpty { report(results, clock.now()) }
  }
}
