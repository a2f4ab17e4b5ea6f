// What every sensor driver does: trigger, wait elsewhere, collect.

public import Climate

/// One measured value.
public struct Measurement: Equatable, Sendable {
  /// What was measured.
  public var quantity: Quantity
  /// The value in the quantity's unit.
  public var value: Double
  /// Input of a sensor that has several of the same quantity; 0 otherwise.
  public var input: Int

  /// A measurement.
  public init(_ quantity: Quantity, _ value: Double, input: Int = 0) {
    (self.quantity, self.value, self.input) = (quantity, value, input)
  }
}

/// Why a sensor gave no value.
public enum SensorError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The bus failed.
  case bus(I2CError)
  /// A word, counted from 0, arrived with the wrong checksum.
  case checksum(word: Int)
  /// The conversion was not finished in the time the data sheet gives.
  case notReady
  /// Something else answers at the address.
  case notIdentified(String)
  /// The device was reset since it was set up, by a power dip or a loose plug.
  case deviceReset
  /// The device says that something is wrong, or gave a value it cannot have measured.
  case status(String)

  /// What it means, and what to look at.
  public var description: String {
    switch self {
    case .bus(let error): error.description
    case .checksum(let word): "checksum of word \(word) is wrong; check cable length and shielding"
    case .notReady: "the conversion was not finished in time"
    case .notIdentified(let what): "this is not the sensor it should be: \(what)"
    case .deviceReset: "the sensor was reset; check its supply and plug"
    case .status(let what): what
    }
  }
}

/// How a collection ended.
public enum Collection: Equatable, Sendable {
  /// The values.
  case finished([Measurement])
  /// A further step of the same measurement; collect again after so long.
  case more(after: Duration)
  /// No new value yet, and nothing is wrong.
  case notYet
}

/// A sensor driver, split-phase: conversions on one bus overlap because nobody waits inside a driver.
///
/// *For authors of drivers:* ``trigger(on:at:)`` sets the device up when it is used for the first time and after every fault, starts a
/// conversion and says how long it takes. ``collect(from:at:)`` fetches the result and checks everything the device offers to
/// check. Whatever is doubtful is thrown, never returned as a number.
public protocol Sensor: AnyObject {
  /// The model.
  var model: SensorModel { get }
  /// Its address.
  var address: I2CAddress { get }

  /// Starts a measurement.
  /// - Returns: time until it can be collected.
  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration

  /// Fetches the result of the measurement.
  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection
}

/// A sensor whose measurements can be started, and fetched, together with those of others on its bus, in one call each.
///
/// *For authors of drivers:* only for sensors whose data sheet says that a transfer need not end with a stop condition.
protocol BatchedSensor: Sensor {
  /// The command that starts the next measurement; `nil` if the sensor has to be set up or looked at first.
  var nextCommand: [UInt8]? { get }

  /// The command was acknowledged.
  /// - Returns: time until the measurement can be collected.
  func didStart() -> Duration

  /// How many bytes hold the result; `nil` if collecting takes more than reading them.
  var nextAnswer: Int? { get }

  /// Takes the result.
  func collect(_ answer: [UInt8]) throws(SensorError) -> Collection

  /// A transfer failed: the sensor is to be set up anew.
  func didFail()
}

extension I2CBus {
  /// Writes bytes on behalf of a sensor driver.
  func send(_ bytes: [UInt8], to address: I2CAddress) throws(SensorError) {
    do throws(I2CError) { try write(bytes, to: address) } catch { throw .bus(error) }
  }

  /// Reads bytes on behalf of a sensor driver.
  func fetch(_ count: Int, from address: I2CAddress) throws(SensorError) -> [UInt8] {
    do throws(I2CError) { return try exactly(count, read(count, from: address), address) } catch { throw .bus(error) }
  }

  /// Writes the number of a register or a command, and reads the answer in the same transaction.
  func fetch(_ count: Int, command: [UInt8], from address: I2CAddress) throws(SensorError) -> [UInt8] {
    do throws(I2CError) { return try exactly(count, writeRead(command, count, at: address), address) } catch {
      throw .bus(error)
    }
  }

  /// Drivers index what they have read; a platform that returned less would crash them.
  private func exactly(_ count: Int, _ bytes: [UInt8], _ address: I2CAddress) throws(I2CError) -> [UInt8] {
    guard bytes.count == count else { throw I2CError(.noAcknowledge, bus: name, address: address) }
    return bytes
  }
}
