// A board as it is written.

public import Drivers
import TOML

/// Reads board descriptions.
public enum BoardFile {
  /// Reads a board.
  /// - Returns: the board, if it can be used, and all faults.
  public static func read(_ text: String, file: String) -> (board: Board?, faults: [ConfigurationFault]) {
    let faults = Faults()
    let document = TOMLDocument(parsing: text, file: file)
    faults.add(document.errors)
    let reader = TableReader(document.root, faults)
    checkSchema(reader)
    let model = reader.required("model") ?? ""
    let title = reader.string("title") ?? model
    let watchdog = reader.duration("watchdog-limit", in: .seconds(1)...Duration.seconds(3_600))
    let chips = reader.tables("chip").compactMap(chip)
    let buses = reader.tables("bus").compactMap(bus)
    let pins = reader.tables("pin").compactMap { pin($0, chips: chips.map(\.label)) }
    reader.finish()
    let board = Board(
      model: model, title: title, chips: chips, pins: pins, buses: buses,
      watchdogLimit: Int(watchdog?.components.seconds ?? 15))
    return (faults.hasErrors ? nil : board, faults.sorted)
  }

  private static func chip(_ reader: TableReader) -> BoardChip? {
    defer { reader.finish() }
    let behaviour = reader.named("on-release", ("release behaviour", "释放行为"), ReleaseBehaviour.self)
    guard let label = reader.required("label"), let behaviour else { return nil }
    return BoardChip(label: label, onRelease: behaviour)
  }

  private static func bus(_ reader: TableReader) -> BoardBus? {
    defer { reader.finish() }
    guard let name = reader.required("name") else { return nil }
    switch (reader.string("device"), reader.string("adapter")) {
    case (let device?, nil): return BoardBus(name: name, adapter: .device(device))
    case (nil, let adapter?): return BoardBus(name: name, adapter: .named(adapter))
    default:
      reader.faults.error(
        reader.location, "a bus needs either device or adapter: \"/dev/i2c-1\", or a name that i2cdetect -l shows",
        "总线需要 device 或 adapter 之一：“/dev/i2c-1”，或 i2cdetect -l 显示的名称")
      return nil
    }
  }

  private static func pin(_ reader: TableReader, chips: [String]) -> BoardPin? {
    defer { reader.finish() }
    let names = reader.strings("names")?.map(\.text)
    let pull = reader.named("boot-pull", ("pull", "上下拉"), BootPull.self)
    let (lineName, reserved) = (reader.string("line-name"), reader.string("reserved-for"))
    guard let chip = reader.required("chip"), let offset = reader.integer("offset"), let names, let pull else {
      reader.faults.error(
        reader.location, "a pin needs names, chip, offset and boot-pull", "引脚需要 names、chip、offset 和 boot-pull")
      return nil
    }
    guard chips.contains(chip), (0...4_095).contains(offset) else {
      reader.faults.error(reader.location, "no chip \"\(chip)\", or no offset \(offset)", "没有芯片“\(chip)”或偏移 \(offset)")
      return nil
    }
    return BoardPin(
      names: names, chip: chip, offset: UInt32(offset), lineName: lineName ?? "", bootPull: pull, reservedFor: reserved)
  }
}
