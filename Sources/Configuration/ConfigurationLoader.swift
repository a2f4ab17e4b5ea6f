// From text to a checked configuration.

import Climate
public import Controller
public import Drivers
import Guardian
import TOML

/// A file of a configuration.
public struct ConfigurationSource: Sendable {
  /// Name, for faults.
  public var file: String
  /// Content.
  public var text: String

  /// A file from its parts.
  public init(file: String, text: String) { (self.file, self.text) = (file, text) }
}

/// Reads and checks configurations.
public enum ConfigurationLoader {
  /// Reads a configuration.
  /// - Parameters:
  ///   - sources: the configuration, then the files laid over it, in order.
  ///   - boards: known boards.
  ///   - recipes: known recipes.
  ///   - isSimulated: whether readings are marked as simulated.
  /// - Returns: the configuration, if it can be used, and all faults in the order of the files.
  public static func load(
    _ sources: [ConfigurationSource], boards: [Board], recipes: [Recipe], isSimulated: Bool = false
  ) -> (configuration: DeviceConfiguration?, faults: [ConfigurationFault]) {
    let faults = Faults()
    var root: TOMLTable?
    for source in sources {
      let document = TOMLDocument(parsing: source.text, file: source.file)
      faults.add(document.errors)
      root = root.map { document.root.laying(over: $0) } ?? document.root
    }
    guard let root else { return (nil, []) }
    let document = ConfigurationDocument(TableReader(root, faults), boards: boards, recipes: recipes)
    var compiler = Compiler(document, faults: faults, recipes: recipes, isSimulated: isSimulated)
    let configuration = compiler.compile()
    return (faults.hasErrors ? nil : configuration, faults.sorted)
  }
}

/// A configuration as it is written: every section read, nothing resolved.
struct ConfigurationDocument {
  var site: SiteConfiguration
  /// The same for the controller's programmes.
  var place: SitePlace
  var board: Board?
  var sensors: [SensorSection]
  var outputs: [OutputSection]
  var zones: [ZoneSection]
  var aliveLine: BoardPin?
  var sampleInterval = Duration.seconds(10)
  var log = LogConfiguration()
  var uplink: UplinkConfiguration?
  /// Zones that were written, even if they could not be read: a sensor in such a zone is not at fault.
  var zoneNames: Set<String>
  /// The same of outputs.
  var outputNames: Set<String>
  /// Whether every sensor could be read with all its inputs: what one would measure is not missing while it is at fault itself.
  var hasAllSensors: Bool

  init(_ root: TableReader, boards: [Board], recipes: [Recipe]) {
    checkSchema(root)
    let coefficient: Double
    (site, coefficient) = Self.site(root)
    place = SitePlace(
      position: site.position, utcOffset: StandardTime.offset(of: site.timeZone) ?? .zero, psychrometer: coefficient)
    let board = Self.board(root, boards)
    self.board = board
    let sensorTables = root.tables("sensor")
    sensors = sensorTables.compactMap { SensorSection($0, board: board) }
    if sensorTables.isEmpty { root.faults.error(root.location, "there is no [[sensor]]", "没有 [[sensor]]") }
    let outputTables = root.tables("output")
    outputs = outputTables.flatMap { OutputSection.sections($0, board: board) }
    let zoneTables = root.tables("zone")
    zones = zoneTables.compactMap { ZoneSection($0) }
    zoneNames = Self.names(zoneTables)
    outputNames = Self.names(outputTables)
    hasAllSensors = sensors.count == sensorTables.count && sensors.allSatisfy(\.hasAllInputs)
    if zoneTables.isEmpty { root.faults.error(root.location, "there is no [[zone]]", "没有 [[zone]]") }
    aliveLine = root.section("alive") { table in
      guard let name = table.required("pin"), let board else { return nil }
      if let pin = board.pin(named: name) { return pin }
      table.faults.unknown(
        ("pin", "引脚"), name, at: table.valueLocation(of: "pin"), among: board.pins.compactMap(\.names.first))
      return nil
    }
    root.section("journal") { readLog($0) }
    uplink = root.section("uplink") { UplinkSection.read($0) }
    root.finish()
  }

  /// The names that tables bear, whether or not they can be read.
  private static func names(_ tables: [TableReader]) -> Set<String> {
    Set(
      tables.compactMap { table in
        if case .string(let name)? = table.table["name"]?.payload { name } else { nil }
      })
  }

  /// The site, and the psychrometer coefficient of its thermometers, 1/K.
  private static func site(_ root: TableReader) -> (SiteConfiguration, Double) {
    var coefficient = Psychrometer.naturallyVentilated
    var site = SiteConfiguration(
      name: "", position: GeographicPosition(latitude: 31.4, longitude: 109.6, altitude: 400), timeZone: "Asia/Shanghai"
    )
    guard root.has("site") else {
      root.missing("site", because: ": write [site] with name, latitude, longitude, altitude", "：请写 [site]，含名称、经纬度和海拔")
      return (site, coefficient)
    }
    root.section("site") { table -> Void? in
      site.name = table.required("name") ?? ""
      for key in ["latitude", "longitude", "altitude"] where !table.has(key) { table.missing(key) }
      func number(_ key: String, _ range: ClosedRange<Double>, _ fallback: Double) -> Double {
        table.number(key).flatMap { table.check($0, key, in: range) } ?? fallback
      }
      site.position = GeographicPosition(
        latitude: number("latitude", -90...90, 0), longitude: number("longitude", -180...180, 0),
        altitude: number("altitude", -400...6_000, 0))
      if let zone = table.string("timezone") {
        site.timeZone = zone
        if zone != "UTC", !zone.contains("/") {
          table.faults.error(
            table.valueLocation(of: "timezone"), "\"\(zone)\" is no time zone; write it like \"Asia/Shanghai\"",
            "“\(zone)”不是时区；应写成如“Asia/Shanghai”")
        } else if StandardTime.offset(of: zone) == nil {
          table.faults.error(
            table.valueLocation(of: "timezone"),
            "time zone \"\(zone)\" is not known here; is the package tzdata installed?",
            "本机没有时区“\(zone)”；是否已安装 tzdata？")
        }
      }
      coefficient = psychrometer(table) ?? coefficient
      return nil
    }
    return (site, coefficient)
  }

  /// How the wet bulbs of the site are ventilated, or their coefficient.
  private static func psychrometer(_ table: TableReader) -> Double? {
    guard table.has("psychrometer") else { return nil }
    if case .string? = table.table["psychrometer"]?.payload {
      let kinds = [
        "natural": Psychrometer.naturallyVentilated, "aspirated": Psychrometer.aspirated, "still": Psychrometer.still,
      ]
      guard let word = table.string("psychrometer") else { return nil }
      if let coefficient = kinds[word] { return coefficient }
      table.faults.unknown(
        ("psychrometer", "干湿球温度计"), word, at: table.valueLocation(of: "psychrometer"), among: kinds.keys.sorted())
      return nil
    }
    return table.number("psychrometer").flatMap { table.check($0, "psychrometer", in: 0.0005...0.002) }
  }

  private static func board(_ root: TableReader, _ boards: [Board]) -> Board? {
    guard root.has("board") else {
      root.missing("board", because: ": write [board] with model", "：请写 [board]，含 model")
      return nil
    }
    return root.section("board") { table in
      guard let model = table.required("model") else { return nil }
      if let board = boards.first(where: { $0.model == model }) { return board }
      table.faults.unknown(("board", "板型"), model, at: table.valueLocation(of: "model"), among: boards.map(\.model))
      return nil
    }
  }

  private mutating func readLog(_ table: TableReader) -> Void? {
    let day = Duration.hours(24)
    if let interval = table.duration("sample-interval", in: .seconds(1)...Duration.hours(1)) {
      sampleInterval = interval
    }
    if let interval = table.duration("commit-interval", in: .seconds(1)...Duration.minutes(15)) {
      log.commitInterval = interval
    }
    if let time = table.duration("raw-retention", in: day...day * 3_650) { log.rawRetention = time }
    if let time = table.duration("mean-retention", in: day...day * 36_500) { log.meanRetention = time }
    if let bytes = table.quantity("quota", .bytes, in: 16e6...1e12) { log.quota = Int(bytes) }
    if let bytes = table.quantity("write-cap", .bytes, in: 1e6...1e12) { log.writeCap = Int(bytes) }
    return nil
  }
}
