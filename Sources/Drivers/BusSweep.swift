// One pass over all sensors of a bus.

public import Climate

/// Triggers every sensor that is due, waits for the first conversion to end, and collects each as soon as it is ready.
///
/// Conversions overlap: a sweep takes as long as the longest conversion and the transfers, not the sum of all. A sensor that fails
/// costs the others no more than its own transaction.
public final class BusSweep {
  /// Most collections of one sensor in a sweep: a driver that asks for more without end is cut off.
  private static let mostSteps = 32
  /// A sweep may come this much early and still find its sensors due: the period is a whole second, the interval as well.
  private static let tolerance = Duration.milliseconds(100)

  private let bus: any I2CBus
  private let sensors: [any Sensor]
  private let intervals: [Duration]
  private let clock: any MonotonicClock
  private var nextDue: [Instant?]
  private var pending: [(sensor: Int, at: Instant, steps: Int)] = []

  /// A sweep over the sensors of a bus.
  /// - Parameter intervals: how often each sensor is measured; never more often than its model allows.
  public init(bus: any I2CBus, sensors: [any Sensor], intervals: [Duration], clock: any MonotonicClock) {
    (self.bus, self.sensors, self.clock) = (bus, sensors, clock)
    self.intervals = sensors.indices.map { index in
      max(intervals.indices.contains(index) ? intervals[index] : .zero, sensors[index].model.minimumInterval)
    }
    nextDue = Array(repeating: nil, count: sensors.count)
    pending.reserveCapacity(sensors.count)
  }

  /// One pass.
  /// - Parameter report: called with the index of each sensor and its result, as soon as it is known. A sensor that has
  ///   nothing new and nothing wrong is not reported.
  public func run(report: (Int, Result<[Measurement], SensorError>, Instant) -> Void) {
    for index in sensors.indices where isDue(index) { trigger(index, report) }
    while let next = takeEarliest() {
      clock.sleep(until: next.at)
      collect(next.sensor, steps: next.steps, report)
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

  private func trigger(_ index: Int, _ report: (Int, Result<[Measurement], SensorError>, Instant) -> Void) {
    do throws(SensorError) {
      let wait = try sensors[index].trigger(on: bus, at: clock.now())
      pending.append((index, clock.now().advanced(by: wait), 1))
    } catch {
      report(index, .failure(error), clock.now())
    }
  }

  private func collect(
    _ index: Int, steps: Int, _ report: (Int, Result<[Measurement], SensorError>, Instant) -> Void
  ) {
    do throws(SensorError) {
      switch try sensors[index].collect(from: bus, at: clock.now()) {
      case .finished(let measurements): report(index, .success(measurements), clock.now())
      case .notYet: break
      case .more(let wait):
        guard steps < Self.mostSteps else { throw .notReady }
        pending.append((index, clock.now().advanced(by: wait), steps + 1))
      }
    } catch {
      report(index, .failure(error), clock.now())
    }
  }

  private func takeEarliest() -> (sensor: Int, at: Instant, steps: Int)? {
    guard let index = pending.indices.min(by: { pending[$0].at < pending[$1].at }) else { return nil }
    return pending.remove(at: index)
  }
}
