// What sensors answer.

import Climate
import Drivers
import Simulator
import Synchronization

/// A bus whose answers are the input: a control byte, then the bytes of the answer.
///
/// The control byte says whether the answer's checksums are made right, whether it has the right length, or whether the transfer fails.
/// When the input is used up nobody answers any more.
private final class ScriptedBus: I2CBus {
  private struct State {
    var rest: ArraySlice<UInt8>
    /// The last answer of each address.
    var answers: [I2CAddress: [UInt8]] = [:]
  }

  let name = "fuzz"
  private let state: Mutex<State>

  init(_ script: ArraySlice<UInt8>) { state = Mutex(State(rest: script)) }

  var isUsedUp: Bool { state.withLock { $0.rest.isEmpty } }

  func lastAnswer(of address: I2CAddress) -> [UInt8] { state.withLock { $0.answers[address] ?? [] } }

  func transaction(_ operations: [I2COperation], at address: I2CAddress) throws(I2CError) -> [[UInt8]] {
    let result = state.withLock { state -> [[UInt8]]? in
      var reads: [[UInt8]] = []
      for operation in operations {
        // A write takes a byte in eight, so that it fails now and then.
        guard case .read(let count) = operation else {
          if state.rest.first == 0xEE {
            state.rest.removeFirst()
            return nil
          }
          continue
        }
        guard let control = state.rest.popFirst() else { return nil }
        guard var answer = Self.answer(control, count, &state.rest) else { return nil }
        if control & 1 == 1 { Self.seal(&answer) }
        state.answers[address] = answer
        if control & 0xF0 != 0x40 { reads.append(answer) }
      }
      return reads
    }
    guard let result else { throw I2CError(.noAcknowledge, bus: name, address: address) }
    return result
  }

  private static func answer(_ control: UInt8, _ count: Int, _ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    let length: Int
    switch control >> 4 {
    case 1: return nil
    case 2: length = max(0, count - 1)
    case 3: length = count + 1
    default: length = count
    }
    var answer = Array(rest.prefix(length))
    rest = rest.dropFirst(answer.count)
    answer += [UInt8](repeating: control, count: length - answer.count)
    return answer
  }

  /// Words of two bytes and a checksum; of seven bytes, which an AHT20 sends, the last is the checksum.
  private static func seal(_ answer: inout [UInt8]) {
    if answer.count == 7 {
      answer[6] = checksum(answer[..<6])
    } else {
      for start in stride(from: 0, to: answer.count - answer.count % 3, by: 3) {
        answer[start + 2] = checksum(answer[start..<(start + 2)])
      }
    }
  }

  /// CRC-8, polynomial 0x31, initial value 0xFF, by long division: not the drivers' own code.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt8 {
    var remainder = 0xFF
    for byte in bytes {
      remainder ^= Int(byte)
      for _ in 0..<8 { remainder = (remainder * 2) ^ (remainder >= 0x80 ? 0x131 : 0) }
    }
    return UInt8(remainder)
  }
}

/// Sensor frames: every driver, alone and together with others on the bus, and the scan. No number comes from an answer with a wrong
/// checksum, and none that the sensor cannot have measured.
struct SensorTarget: FuzzTarget {
  let name = "sensors"
  let longestInput = 1_024
  let usualRuns: UInt64 = 500_000
  private static let models = SensorModel.allCases
  private static let inputs = [
    SensorSettings.AnalogueInput(input: 0, dry: 2.8, wet: 1.2), .init(input: 3, dry: 1.0, wet: 3.0),
    .init(input: 2, quantity: .windSpeed, zero: 0.4, top: 2, full: 32.4),
    .init(input: 1, quantity: .ammonia, zero: 0.4, top: 2, full: 100), .init(input: 7, dry: 1, wet: 2),
  ]

  /// For each model, and for pairs, answers as the data sheets have them.
  func madeInputs() -> [[UInt8]] {
    let status: [UInt8] = [1, 0, 0, 0]
    let words: [UInt8] = [1, 0x66, 0x66, 0, 0x80, 0x00, 0]
    let sht3x = status + status + words + words
    let serial: [UInt8] = [1, 0x12, 0x34, 0, 0x56, 0x78, 0]
    let sht4x = serial + words + words
    let aht20: [UInt8] = [0, 0x18, 1, 0x18, 0x80, 0x00, 0x06, 0x00, 0x00, 0, 1, 0x1C, 0x70, 0x00, 0x05, 0x90, 0x00, 0]
    let longSerial: [UInt8] = [1, 1, 2, 0, 3, 4, 0, 5, 6, 0]
    let value: [UInt8] = [1, 0x80, 0x06, 0, 1, 0x03, 0x20, 0, 0x66, 0x66, 0, 0x80, 0x00, 0]
    let scd4x = longSerial + value + value + [1, 0x80, 0x00, 0]
    let calibration: [UInt8] =
      [0] + [0x70, 0x6B, 0x43, 0x67, 0x18, 0xFC, 0x7D, 0x8E, 0x43, 0xD6, 0xD0, 0x0B, 0x27, 0x0B, 0x8C, 0x00]
      + [0xF9, 0xFF, 0x8C, 0x3C, 0xF8, 0xC6, 0x70, 0x17, 0x00, 0x4B] + [0] + [0x6A, 0x01, 0x00, 0x13, 0x32, 0x03, 0x1E]
    let data: [UInt8] = [0, 0x01, 0x00, 0x24, 0x00, 0x00, 0x65, 0x5A, 0xC0, 0x7E, 0xED, 0x00, 0x6E, 0x00]
    let bme280 = [0, 0x60] + calibration + calibration + data + data
    let bh1750: [UInt8] = [0, 0x83, 0x90, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0x12, 0x34]
    let ads1115: [UInt8] = [0, 0xC3, 0x83, 0, 0x40, 0x00, 0, 0xF3, 0x83, 0, 0x30, 0x00]
    let seesaw: [UInt8] = [0, 0x55, 0, 0x04, 0x4C, 0, 0x00, 0x18, 0x40, 0x00, 0, 0x00, 0xC8, 0, 0xFF, 0xFC, 0x80, 0x00]
    return Self.models.enumerated().map { index, model in
      let answers =
        switch model {
        case .sht30, .sht31, .sht35: sht3x
        case .sht40, .sht41, .sht45: sht4x
        case .aht20: aht20
        case .bme280: bme280
        case .scd40, .scd41: scd4x
        case .bh1750: bh1750
        case .ads1115: ads1115
        case .seesaw: seesaw
        }
      return [UInt8(index), 0xFF] + answers
    } + [[1, 0] + sht3x + sht3x, [0, 1] + status + status + status + status + words + words + words + words]
  }

  func run(_ input: [UInt8]) throws -> Bool {
    let bus = ScriptedBus(input.dropFirst(2))
    let clock = VirtualClock()
    // The first two bytes choose one sensor or two.
    let chosen = input.prefix(2).map { Int($0) }.filter { $0 != 0xFF }.map { Self.models[$0 % Self.models.count] }
    var sensors: [any Sensor] = []
    for model in chosen {
      let free = model.addresses.first { address in !sensors.contains { $0.address == address } }
      guard let free else { continue }
      let inputs = model == .seesaw ? [.init(input: 0, dry: 330, wet: 1_020)] : Self.inputs
      sensors.append(makeSensor(model, at: free, settings: SensorSettings(altitude: 500, inputs: inputs)))
    }
    let sweep = BusSweep(bus: bus, sensors: sensors, intervals: [], clock: clock)
    var finding: Finding?
    var values = 0
    for _ in 0..<16 where !bus.isUsedUp {
      sweep.run { results, _ in
        for result in results {
          do throws(Finding) {
            values += try check(result, of: sensors[result.sensor], on: bus)
          } catch {
            finding = finding ?? error
          }
        }
      }
      clock.sleep(until: clock.now().advanced(by: .seconds(5)))
    }
    if let finding { throw finding }
    _ = BusScan(bus: ScriptedBus(input[...]), clock: clock).run { _ in .success(true) }
    return values > 0
  }

  /// - Returns: how many values were reported.
  private func check(_ result: SweepResult, of sensor: any Sensor, on bus: ScriptedBus) throws(Finding) -> Int {
    guard case .success(let values) = result.result else { return 0 }
    let model = sensor.model
    for value in values {
      try require(
        model.range(of: value.quantity)?.contains(value.value) == true, "\(model.rawValue) measured \(value)")
    }
    let answer = bus.lastAnswer(of: sensor.address)
    switch model {
    case .bme280, .bh1750, .ads1115, .seesaw: break
    case .aht20:
      try require(answer.count == 7, "\(model.rawValue) made values of \(answer.count) bytes")
      try require(answer[6] == ScriptedBus.checksum(answer[..<6]), "\(model.rawValue) accepted a wrong checksum")
    default:
      try require(answer.count >= 6 && answer.count % 3 == 0, "\(model.rawValue) made values of \(answer.count) bytes")
      for start in stride(from: 0, to: answer.count, by: 3) {
        let isRight = answer[start + 2] == ScriptedBus.checksum(answer[start..<(start + 2)])
        try require(isRight, "\(model.rawValue) accepted a wrong checksum in word \(start / 3)")
      }
    }
    return values.count
  }
}
