// A scan finds what is there, says how sure it is, and falsifies no measurement.

import Climate
import Drivers
import Simulator
import Testing

@Suite("Bus scan")
struct BusScanTests {
  private let clock = VirtualClock(at: Instant(seconds: 1))
  private let bus: SimulatedBus

  init() { bus = SimulatedBus(name: "test", clock: clock) }

  /// Whether a device acknowledges a write of no bytes, as `i2cdetect` asks.
  private func isPresent(_ address: I2CAddress) -> Result<Bool, I2CError> {
    do throws(I2CError) {
      try bus.write([], to: address)
      return .success(true)
    } catch {
      return error.fault == .noAcknowledge ? .success(false) : .failure(error)
    }
  }

  private func scan() -> [ScanFinding] { BusScan(bus: bus, clock: clock).run(isPresent: isPresent) }

  private func attach(_ model: SensorModel, at address: I2CAddress) {
    bus.attach(makeDevice(model, probe: SimulatedProbe(seed: 1, noise: [:])), at: address)
  }

  @Test("each model is found at each of its addresses, with its family", arguments: SensorModel.allCases)
  func finds(model: SensorModel) throws {
    for address in model.addresses {
      let bus = SimulatedBus(name: "test", clock: clock)
      bus.attach(makeDevice(model, probe: SimulatedProbe(seed: 1)), at: address)
      let findings = BusScan(bus: bus, clock: clock).run { .success($0 == address) }
      let finding = try #require(findings.first)
      #expect(findings.count == 1)
      #expect(finding.address == address)
      #expect(finding.models.contains(model))
      #expect(finding.models.allSatisfy { $0.quantities == model.quantities })
      let isSilent = [.aht20, .bh1750, .ads1115].contains(model)
      #expect(finding.confidence == (isSilent ? .likely : .certain))
    }
  }

  @Test("an SHT3x and an SHT4x at the same address are told apart")
  func families() throws {
    let (low, high) = (try #require(I2CAddress(0x44)), try #require(I2CAddress(0x45)))
    attach(.sht40, at: low)
    attach(.sht31, at: high)
    #expect(scan().map(\.models) == [[.sht40, .sht41, .sht45], [.sht30, .sht31, .sht35]])
  }

  @Test("a seesaw and an AHT20, which can have the same address, are told apart")
  func sharedAddress() throws {
    let address = try #require(I2CAddress(0x38))
    attach(.seesaw, at: address)
    #expect(scan().map(\.models) == [[.seesaw]])
    attach(.aht20, at: address)
    #expect(scan().map(\.models) == [[.aht20]])
  }

  @Test("an empty bus has nothing, and what nobody knows is unknown")
  func unknown() throws {
    #expect(scan().isEmpty)
    let address = try #require(I2CAddress(0x50))
    attach(.bh1750, at: address)
    #expect(scan() == [ScanFinding(address: address, models: [], confidence: .unknown)])
  }

  @Test("another chip at the address of a BME280 is unknown: it tells another identity")
  func otherChip() throws {
    let address = try SensorModel.bme280.firstAddress
    attach(.bh1750, at: address)
    #expect(scan() == [ScanFinding(address: address, models: [], confidence: .unknown)])
  }

  @Test("a device that a kernel driver has is named and not touched")
  func kernelDriver() throws {
    let address = try SensorModel.bme280.firstAddress
    let findings = BusScan(bus: bus, clock: clock).run { asked in
      asked == address
        ? .failure(I2CError(.inUseByKernelDriver("bmp280"), bus: "test", address: asked)) : .success(false)
    }
    #expect(findings == [ScanFinding(address: address, models: [], confidence: .unknown, kernelDriver: "bmp280")])
    #expect(bus.transfers == 0)
  }

  @Test("between two sweeps it disturbs no measurement", arguments: SensorModel.allCases)
  func betweenSweeps(model: SensorModel) throws {
    let rig = try DeviceRig(model)
    #expect(rig.sweepsUntilValues(atMost: model.sweepsToRecover) != nil)
    for _ in 0..<5 {
      let findings = BusScan(bus: rig.bus, clock: rig.clock).run(addresses: [rig.address]) { _ in .success(true) }
      #expect(findings.first?.models.contains(model) == true)
      let values = try #require(rig.run()).get()
      #expect(rig.isTrue(values))
    }
  }

  @Test(
    "in the middle of a measurement it can cost that measurement, but gives no wrong number",
    arguments: SensorModel.allCases)
  func duringMeasurement(model: SensorModel) throws {
    let rig = try DeviceRig(model)
    #expect(rig.sweepsUntilValues(atMost: model.sweepsToRecover) != nil)
    for _ in 0..<5 {
      rig.changeConditions()
      let values = try? rig.measure {
        _ = BusScan(bus: rig.bus, clock: rig.clock).run(addresses: [rig.address]) { _ in .success(true) }
      }
      #expect(values.map(rig.isTrue) ?? true)
    }
    #expect(rig.sweepsUntilValues(atMost: model.sweepsToRecover) != nil)
  }

  @Test(
    "a serial number that another program asked for is not taken for a measurement",
    arguments: [SensorModel.sht40, .sht41, .sht45])
  func foreignQuestion(model: SensorModel) throws {
    let rig = try DeviceRig(model)
    #expect(rig.sweepsUntilValues(atMost: 1) != nil)
    #expect(throws: SensorError.self) { try rig.measure { try? rig.bus.write([0x89], to: rig.address) } }
    #expect(rig.sweepsUntilValues(atMost: 2) != nil)
  }
}
