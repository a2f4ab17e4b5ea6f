// A bus's thread: one sweep a second, whatever the other buses do.

import Climate
import Configuration
import Controller
import Drivers
import Platform

/// Sweeps one bus and brings what it finds to the control step.
///
/// The same on a device and in a simulation; only the clock and the bus differ.
final class BusSampler {
  private let sweep: BusSweep
  private let sensors: [SensorConfiguration]
  private let clock: any MonotonicClock
  private(set) var state: BusState

  init(name: String, bus: any I2CBus, sensors: [SensorConfiguration], clock: any MonotonicClock) {
    self.sensors = sensors
    self.clock = clock
    state = BusState(name: name)
    let drivers = sensors.map { makeSensor($0.model, at: $0.address, settings: $0.settings) }
    sweep = BusSweep(bus: bus, sensors: drivers, intervals: sensors.map(\.interval), clock: clock)
  }

  /// One sweep: every sensor that is due is triggered and collected.
  /// - Parameter report: called with the samples of one or several sensors as soon as they are known.
  func run(_ report: ([Sample]) -> Void) {
    let began = clock.now()
    sweep.run { results, at in
      report(results.flatMap { samples(of: sensors[$0.sensor], $0.result, at: at) })
    }
    state.sweeps += 1
    state.lastSweep = began.duration(to: clock.now())
  }

  private func samples(
    of sensor: SensorConfiguration, _ result: Result<[Measurement], SensorError>, at: Instant
  ) -> [Sample] {
    switch result {
    case .success(let measurements):
      state.failures[sensor.name] = nil
      return sensor.channels.map { channel in
        let measurement = measurements.first { $0.quantity == channel.quantity && $0.input == channel.input }
        return Sample(channel: channel.id, value: measurement?.value, at: at)
      }
    case .failure(let error):
      state.failures[sensor.name] = error.description
      return sensor.channels.map { Sample(channel: $0.id, value: nil, at: at) }
    }
  }
}
