// What silkworms and their leaves give off.

/// What lives in the shed. The raw values are the names of the recipe's stages.
public enum SilkwormStage: String, CaseIterable, Codable, Sendable {
  /// No silkworms.
  case empty
  /// First instar.
  case first = "instar-1"
  /// Second instar.
  case second = "instar-2"
  /// Third instar.
  case third = "instar-3"
  /// Fourth instar.
  case fourth = "instar-4"
  /// Fifth instar.
  case fifth = "instar-5"
  /// Spinning.
  case mounting
  /// Moulting: nothing is eaten.
  case moulting

  /// The stage of the larvae in a stage of a recipe: `moult-2-late` is a moult. `nil` for one that says nothing of larvae.
  public init?(recipeStage name: String) {
    if name.hasPrefix("moult-") { self = .moulting } else { self.init(rawValue: name) }
  }

  /// What one box gives off, meant over the stage.
  var load: SilkwormLoad {
    switch self {
    case .empty: SilkwormLoad(leafPerDay: 0)
    case .first: SilkwormLoad(leafPerDay: 0.35)
    case .second: SilkwormLoad(leafPerDay: 1.5)
    case .third: SilkwormLoad(leafPerDay: 5.7)
    case .fourth: SilkwormLoad(leafPerDay: 17)
    case .fifth: SilkwormLoad(leafPerDay: 69)
    // What a resting animal of the third instar or so gives off, and litter that dries. Engineering estimate.
    case .moulting: SilkwormLoad(heat: 15, water: 0.03, co2: 4)
    // 40 kg of water a box in about three days of spinning.
    case .mounting: SilkwormLoad(heat: 100, water: 40 / 72, co2: 31)
    }
  }
}

/// Heat, vapour and carbon dioxide of one box of silkworms (张, about 25 000 larvae).
struct SilkwormLoad: Hashable, Sendable {
  /// W.
  var heat: Double
  /// Evaporation from larvae, leaves and litter at a vapour pressure deficit of `referenceDeficit`, kg/h.
  var water: Double
  /// g/h.
  var co2: Double

  /// Deficit of 24 °C and 70 %, kPa.
  static let referenceDeficit = 0.9

  init(heat: Double, water: Double, co2: Double) {
    self.heat = heat
    self.water = water
    self.co2 = co2
  }

  /// The load of larvae that eat, which grows with the leaf that they are given.
  ///
  /// A kilogram of leaf is 750 g of water, half of which evaporates in the shed, and 250 g of dry matter. A fifth of that is
  /// digested, two fifths of which are respired, at 16.7 kJ and 1.47 g of carbon dioxide a gram (glucose): 3.9 W and 1.2 g/h for
  /// each kilogram a day. The shares are engineering estimates.
  /// - Parameter leafPerDay: fresh leaf given, kg a day.
  init(leafPerDay: Double) {
    self.init(heat: 3.9 * leafPerDay, water: leafPerDay * 0.75 * 0.5 / 24, co2: 1.2 * leafPerDay)
  }
}
