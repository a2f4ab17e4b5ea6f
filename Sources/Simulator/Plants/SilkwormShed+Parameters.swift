// The size and equipment of a silkworm shed.

import Climate

extension SilkwormShed {
  /// Size, fabric and equipment of a shed. The defaults are a room of 20 × 8 × 3.5 m with eight boxes.
  ///
  /// All but the room's size are engineering estimates; `docs/plants.md` gives the reasons.
  public struct Parameters: Hashable, Sendable {
    /// Air in the room, m³: 560 m³ less racks and leaves.
    public var airVolume = 500.0
    /// Heat capacity of walls, floor, racks and leaves that take part in a day's course, J/K.
    public var massHeat = 32e6
    /// Heat passed between air and mass, W/K: about 950 m² of walls, floor and beds at 5 W/(m²·K).
    public var massCoupling = 5000.0
    /// Heat lost through the fabric, W/K.
    public var fabricLoss = 550.0
    /// Air changes through cracks at a wind of 1 m/s, 1/h.
    public var leakage = 0.7
    /// Area of opening that would let in as much sun as reaches the mass through roof and windows, m².
    public var solarArea = 3.0
    /// How far wall and roof surfaces lie between inside (0) and outside (1) temperature.
    public var surfaceCooling = 0.2
    /// Vapour passed to surfaces below the dew point, m³/s: area times mass transfer coefficient.
    public var condensationFlow = 0.6
    /// Flow of the exhaust fan, m³/h.
    public var fanFlow = 4000.0
    /// Electric power of the exhaust fan, W.
    public var fanPower = 250.0
    /// Electric power of the heater, W; all of it becomes heat.
    public var heaterPower = 24_000.0
    /// Time in which the heater's output follows the switch to 63 %, s.
    public var heaterLag = 150.0
    /// Water through the mister's nozzles, l/h.
    public var misterFlow = 24.0
    /// Electric power of the mister's pump, W.
    public var misterPower = 120.0
    /// Time in which the mist evaporates to 63 % in dry air, s.
    public var mistTime = 60.0
    /// Electric power of the circulation fan, W.
    public var circulationPower = 150.0
    /// Silkworms, boxes (张).
    public var boxes = 8.0
    /// What the silkworms give off, as a share of the table's.
    public var loadFactor = 1.0

    /// The default shed.
    public init() {}

    /// A shed whose uncertain parameters each lie up to 30 % off, so that no tuning fits one shed.
    ///
    /// The heater is never smaller than the shed needs: 1.25 × `designHeatLoad`.
    public func randomised(by seed: UInt64) -> Parameters {
      var generator = SeededGenerator(seed: seed, purpose: "shed")
      var result = self
      generator.vary(
        &result,
        [
          \.airVolume, \.massHeat, \.massCoupling, \.fabricLoss, \.leakage, \.solarArea, \.surfaceCooling,
          \.condensationFlow, \.fanFlow, \.heaterPower, \.heaterLag, \.misterFlow, \.mistTime, \.loadFactor,
        ])
      result.heaterPower = max(result.heaterPower, 1.25 * result.designHeatLoad)
      return result
    }

    /// Heat needed to hold 27.5 °C and 87 %, the first instar's setpoints, in a night of 5 °C and 80 %, W.
    public var designHeatLoad: Double {
      let leakageFlow = leakage * airVolume / 3600
      let volumetricHeat = PlantPhysics.volumetricHeat(at: .atAltitude(metres: 400))
      let vapour = 0.87 * PlantPhysics.saturation(celsius: 27.5) - 0.8 * PlantPhysics.saturation(celsius: 5)
      return (fabricLoss + leakageFlow * volumetricHeat) * (27.5 - 5)
        + leakageFlow * vapour / 1000 * PlantPhysics.latentHeat
    }
  }
}
