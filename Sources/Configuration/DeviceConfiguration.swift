// A checked configuration: all that a device needs to run.

public import Climate
public import Controller
public import Drivers
public import Guardian

/// The site.
public struct SiteConfiguration: Equatable, Sendable {
  /// Name.
  public var name: String
  /// Where it is.
  public var position: GeographicPosition
  /// Time zone, such as `Asia/Shanghai`.
  public var timeZone: String
}

/// A channel that a sensor feeds.
public struct SensorChannel: Equatable, Sendable {
  /// The channel.
  public var id: ChannelID
  /// What it measures.
  public var quantity: Quantity
  /// Input of the sensor; 0 where there is one.
  public var input: Int
}

/// A sensor.
public struct SensorConfiguration: Equatable, Sendable {
  /// Name.
  public var name: String
  /// Model.
  public var model: SensorModel
  /// Address on its bus.
  public var address: I2CAddress
  /// What its driver must be told.
  public var settings: SensorSettings
  /// How often it is measured.
  public var interval: Duration
  /// Name of the zone it hangs in, or `outside`.
  public var zone: String
  /// Its channels.
  public var channels: [SensorChannel]
}

/// A bus with its sensors.
public struct BusConfiguration: Equatable, Sendable {
  /// Name: `i2c1`.
  public var name: String
  /// Where the kernel has it.
  public var adapter: I2CAdapter
  /// The sensors on it.
  public var sensors: [SensorConfiguration]
}

/// How the log is kept.
public struct LogConfiguration: Equatable, Sendable {
  /// Longest time that samples wait for the disk.
  public var commitInterval = Duration.seconds(60)
  /// How long samples are kept.
  public var rawRetention = Duration.hours(30 * 24)
  /// How long means are kept.
  public var meanRetention = Duration.hours(3 * 365 * 24)
  /// Largest size on disk, bytes.
  public var quota = 512 << 20
  /// Most bytes to be written to the disk in a day; over it samples wait longer.
  public var writeCap = 256_000_000
}

/// A checked configuration.
public struct DeviceConfiguration: Equatable, Sendable {
  /// The site.
  public var site: SiteConfiguration
  /// The controller's view.
  public var plan: Plan
  /// The guardian's view.
  public var guardianTable: GuardianTable
  /// The buses that have sensors.
  public var buses: [BusConfiguration]
  /// How the log is kept.
  public var log: LogConfiguration
  /// Where records go; `nil` where they stay.
  public var uplink: UplinkConfiguration?
}
