// A recipe with all that its file says about it, for people.

public import Controller

/// What lives, grows or dries by a recipe. It decides which setpoints are a slip of the pen.
public enum RecipeSubject: String, CaseIterable, Codable, Sendable {
  /// Silkworm eggs.
  case silkwormEggs = "silkworm-eggs"
  /// Silkworms.
  case silkworms
  /// Chicks under a brooder, and older birds.
  case chicks
  /// Crops and seedlings.
  case crop
  /// Mushrooms.
  case mushroom
  /// Produce in a store.
  case store
  /// Something that dries.
  case dryer
  /// A room in which nothing lives: before a batch, and after it.
  case emptyRoom = "empty-room"

  /// Temperatures, °C, that a setpoint may have. Proposals (`agronomy.md` §1.1, §1.3, §2.3 and §2.4) that no agronomist has verified.
  public var temperatures: ClosedRange<Double> {
    switch self {
    case .silkwormEggs: 2...28
    case .silkworms: 15...30
    case .chicks: 15...36
    case .crop: 2...36
    case .mushroom: 2...30
    case .store: 0...25
    case .dryer: 15...120
    case .emptyRoom: 5...35
    }
  }
}

/// Where the humidity of a recipe is measured. Sources that do not say so differ by up to 25 points.
public enum HumidityPlace: String, CaseIterable, Codable, Sendable {
  /// In the air of the room.
  case room
  /// Under the film of covered trays.
  case tray
  /// Among the leaves.
  case canopy
}

/// One value of a recipe, for people who check it.
public struct RecipeValue: Equatable, Sendable {
  /// Name of the stage.
  public var stage: String
  /// Key in the file: `temperature`.
  public var key: String
  /// Source, evidence, and whether somebody has verified it.
  public var provenance: Provenance
}

/// A recipe with what its file says about it.
public struct RecipeDocument: Equatable, Sendable {
  /// The recipe, as the controller knows it.
  public var recipe: Recipe
  /// What it is for.
  public var subject: RecipeSubject
  /// Variety, breed or hybrid.
  public var variety: LocalizedText
  /// Season.
  public var season: LocalizedText
  /// Sources by their key: `S12`.
  public var sources: [String: String]
  /// Where the humidity of each stage is measured, by the stage's name.
  public var humidityPlaces: [String: HumidityPlace]
  /// Every value with where it comes from.
  public var values: [RecipeValue]

  /// Values that nobody has verified.
  public var unverified: Int { values.count { !$0.provenance.isVerified } }
}
