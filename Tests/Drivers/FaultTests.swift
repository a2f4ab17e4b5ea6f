// Every sensor under every fault of the wires and of the chip: no fault makes a number that is not true.

import Climate
import Drivers
import Simulator
import Testing

@Suite("Sensor faults")
struct FaultTests {
  /// Sweeps with a check of every value.
  private func runChecked(_ rig: DeviceRig, sweeps: Int) -> [Result<[Measurement], SensorError>?] {
    (0..<sweeps).map { sweep in
      let result = rig.run()
      if case .success(let values)? = result {
        #expect(rig.isTrue(values), "sweep \(sweep): \(values) in \(rig.probe.conditions)")
      }
      return result
    }
  }

  private func failures(_ results: [Result<[Measurement], SensorError>?]) -> Int {
    results.count { if case .failure? = $0 { true } else { false } }
  }

  private func expectRecovery(_ rig: DeviceRig, _ comment: Comment? = nil) {
    #expect(rig.sweepsUntilValues(atMost: rig.model.sweepsToRecover) != nil, comment)
    for result in runChecked(rig, sweeps: 3) { #expect((try? result?.get()) != nil, comment) }
  }

  @Test("without a fault there is a value with every sweep", arguments: SensorModel.allCases)
  func healthy(model: SensorModel) throws { expectRecovery(try DeviceRig(model)) }

  @Test("an ADS1115 tells of conductivity, carbon monoxide and the soil's temperature as well")
  func otherInputs() throws { expectRecovery(try DeviceRig(.ads1115, inputs: DeviceRig.otherInputs)) }

  @Test("an operation that is not acknowledged costs that measurement only", arguments: SensorModel.allCases)
  func noAcknowledge(model: SensorModel) throws {
    // Every operation of the first use and of the measurements after it, one after the other, until none is left.
    for operation in 0... {
      let rig = try DeviceRig(model)
      rig.bus.set(.noAcknowledge(operation: operation), at: rig.address)
      let results = runChecked(rig, sweeps: model.sweepsToRecover + 2)
      #expect(failures(results) <= 1)
      expectRecovery(rig, "operation \(operation)")
      guard failures(results) > 0 else {
        #expect(operation > 4)
        return
      }
    }
  }

  @Test("a byte that arrives wrong gives no number", arguments: SensorModel.allCases.filter(\.hasChecksums))
  func corruption(model: SensorModel) throws {
    for byte in 0..<9 {
      for isFromStart in [true, false] {
        let rig = try DeviceRig(model)
        if !isFromStart { expectRecovery(rig) }
        rig.bus.set(.corrupt(byte: byte), at: rig.address)
        let results = runChecked(rig, sweeps: 6)
        #expect(failures(results) > 0 || byte > 5)
        rig.bus.set(nil, at: rig.address)
        expectRecovery(rig, "byte \(byte)")
      }
    }
  }

  @Test("a reset between trigger and collection gives no number", arguments: SensorModel.allCases)
  func reset(model: SensorModel) throws {
    // After each step of the first measurement, and of one much later.
    for step in 0..<40 {
      let rig = try DeviceRig(model)
      var stepsLeft = step
      for _ in 0..<model.sweepsToRecover + 2 {
        rig.changeConditions()
        let next = rig.clock.now().advanced(by: rig.interval)
        if let values = try? rig.measure(beforeEachStep: {
          if stepsLeft == 0 { rig.device.reset() }
          stepsLeft -= 1
        }) {
          #expect(rig.isTrue(values), "step \(step)")
        }
        rig.clock.sleep(until: next)
      }
      guard stepsLeft < 0 else {
        #expect(step > 2)
        return
      }
      // An SCD4x stands still after a reset, which shows when nothing comes for 15 s.
      let detection = model.minimumInterval == .seconds(5) ? 4 : 0
      #expect(rig.sweepsUntilValues(atMost: model.sweepsToRecover + detection) != nil, "step \(step)")
    }
  }

  @Test("a sensor that is unplugged and plugged in again is set up anew", arguments: SensorModel.allCases)
  func unplugged(model: SensorModel) throws {
    let rig = try DeviceRig(model)
    expectRecovery(rig)
    rig.bus.set(.unplugged, at: rig.address)
    for result in runChecked(rig, sweeps: 5) {
      #expect(result == .failure(.bus(I2CError(.noAcknowledge, bus: "test", address: rig.address))))
    }
    rig.device.reset()
    rig.bus.set(nil, at: rig.address)
    expectRecovery(rig)
  }

  @Test(
    "a disturbed or hanging bus gives errors, and values when it is free again", arguments: SensorModel.allCases,
    [WireFault.timeout, .arbitrationLost])
  func disturbed(model: SensorModel, fault: WireFault) throws {
    let rig = try DeviceRig(model)
    expectRecovery(rig)
    rig.bus.set(fault, at: rig.address)
    #expect(failures(runChecked(rig, sweeps: 5)) == 5)
    rig.bus.set(nil, at: rig.address)
    expectRecovery(rig)
  }

  @Test("a line that is held low gives errors, and values when it is free again", arguments: SensorModel.allCases)
  func stuck(model: SensorModel) throws {
    let rig = try DeviceRig(model)
    expectRecovery(rig)
    rig.bus.isStuck = true
    for result in runChecked(rig, sweeps: 5) {
      #expect(result == .failure(.bus(I2CError(.busStuck, bus: "test", address: rig.address))))
    }
    rig.bus.isStuck = false
    expectRecovery(rig)
  }

  @Test("a conversion that is not finished in time gives no number")
  func slow() throws {
    // A BH1750 has nothing that tells an old value from a new one; an SCD4x says itself when it has one.
    let slow: [SensorModel: (any I2CDevice) -> Void] = [
      .sht31: { ($0 as? SHT3xDevice)?.conversionTime = .milliseconds(100) },
      .sht41: { ($0 as? SHT4xDevice)?.conversionTime = .milliseconds(100) },
      .aht20: { ($0 as? AHT20Device)?.conversionTime = .milliseconds(300) },
      .bme280: { ($0 as? BME280Device)?.conversionTime = .milliseconds(100) },
      .ads1115: { ($0 as? ADS1115Device)?.conversionTime = .milliseconds(100) },
      .seesaw: { ($0 as? SeesawDevice)?.conversionTime = .milliseconds(100) },
    ]
    for (model, makeSlow) in slow {
      let rig = try DeviceRig(model)
      expectRecovery(rig)
      makeSlow(rig.device)
      #expect(failures(runChecked(rig, sweeps: 4)) == 4, "\(model)")
    }
  }
}

extension DeviceRig {
  /// One measurement, with something that happens before each step but the first.
  func measure(beforeEachStep: () -> Void) throws(SensorError) -> [Measurement]? {
    var wait = try sensor.trigger(on: bus, at: clock.now())
    while true {
      clock.sleep(until: clock.now().advanced(by: wait))
      beforeEachStep()
      switch try sensor.collect(from: bus, at: clock.now()) {
      case .finished(let measurements): return measurements
      case .notYet: return nil
      case .more(let more): wait = more
      }
    }
  }
}
