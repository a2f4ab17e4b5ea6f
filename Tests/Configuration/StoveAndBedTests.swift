// Stoves, carbon monoxide and probes in beds: what is read, and each mistake with its one message.

import Climate
import Configuration
import Controller
import Drivers
import Testing

extension Mistake {
  static let stove: [Mistake] = [
    .init("burns = true", "burns = 1", "burns must be true or false"),
    .init("kind = \"fan\"", "kind = \"fan\"\nburns = true", "only a heater or co2 burns"),
    .init(
      "carbon-monoxide-limit = \"25 ppm\", ", "minimum = \"1m every 15m\", ",
      "\"blower\" burns and nobody measures its carbon monoxide: write carbon-monoxide-limit = \"25 ppm\" in ventilation of its zone"
    ),
    .init(
      "carbon-monoxide-limit = \"25 ppm\"", "carbon-monoxide-limit = \"200 ppm\"",
      "carbon-monoxide-limit is 200.0; it must be from 10.0 to 50.0"),
    .init(", outputs = [\"exhaust\"]", "", "ventilation has no fan: write outputs = [\"…\"]"),
    .init(
      "  { input = 0, measures = \"carbon-monoxide\", clean = \"0.40 V\", full = \"2.00 V\", full-scale = \"500 ppm\" },\n",
      "",
      "carbon-monoxide-limit needs a sensor in zone \"house\": an input of an ads1115 with measures = \"carbon-monoxide\""
    ),
  ]

  static let probes: [Mistake] = [
    .init("full-scale = \"500 ppm\"", "full-scale = \"50 ppm\"", "full-scale is 50.0; it must be from 100.0 to 2000.0"),
    .init(
      ", warm-temperature = \"40 °C\"", "",
      "an input needs input, ice, warm and warm-temperature; warm-temperature is missing"),
    .init("\"40 °C\"", "\"40\"", "\"40\" is no warm-temperature; write it like \"25.5 °C\""),
    .init("\"40 °C\"", "\"90 °C\"", "warm-temperature is 90.0; it must be from 20.0 to 60.0"),
    .init("warm = \"2.20 V\"", "warm = \"1.05 V\"", "ice and warm are less than 0.1 V apart: calibrate again"),
    .init("\"1413 µS/cm\"", "\"1413 S/m\"", "\"1413 S/m\" is no solution-value; write it like \"1.413 mS/cm\""),
    .init("air = \"0.20 V\", ", "", "an input needs input, air, solution and solution-value; air is missing"),
  ]
}

extension Mistake {
  static let use: [Mistake] = [
    .init(", crop-coefficient = 0.9", "", "area without crop-coefficient: evaporation is reckoned from both"),
    .init("area = \"0.06 亩\", ", "", "crop-coefficient without area: evaporation is reckoned from both"),
    .init(
      "area = \"0.06 亩\"", "light-sum = \"90 J/cm²\", area = \"40 m²\"",
      "light-sum and area are two ways to reckon what the plants drink: leave one out"),
    .init("\"0.06 亩\"", "\"40\"", "\"40\" is no area; write it like \"40 m²\""),
    .init(
      "area = \"0.06 亩\", crop-coefficient = 0.9", "light-sum = \"9 MJ\"",
      "\"9 MJ\" is no light-sum; write it like \"90 J/cm²\""),
    .init("0.9 }", "9 }", "crop-coefficient is 9.0; it must be from 0.1 to 2.0"),
    .init(
      "setpoint = \"55 %\", band = \"5 %\", flow = \"20 l/min\", dose = \"60 l\", daily-cap = \"900 l\", area = \"0.06 亩\", crop-coefficient = 0.9",
      "flow = \"20 l/min\", dose = \"60 l\", daily-cap = \"900 l\"",
      "\"setpoint\" is missing: say at which soil moisture, or by light-sum or area and crop-coefficient, water is due"),
    .init(
      "name = \"sun\"\nmodel = \"bh1750\"\nbus = \"i2c1\"\naddress = 0x23",
      "name = \"sun\"\nmodel = \"sht31\"\nbus = \"i2c1\"\naddress = 0x45",
      "watering by light or evaporation needs a light sensor in zone \"house\" or outside"),
  ]
}

@Suite("Configuration of stoves and beds") struct StoveAndBedTests {
  @Test("what is written is what the plan has") func plan() throws {
    let (configuration, faults) = load(try resource("stove-and-beds"))
    #expect(faults == [])
    let loaded = try #require(configuration)
    let plan = loaded.plan
    #expect(plan.outputs.map(\.burns) == [true, false, false])
    #expect(plan.zones[0].carbonMonoxideLimit == 25)
    for (name, quantity) in [
      ("house.carbon-monoxide", Quantity.carbonMonoxide), ("house.soil-temperature", .soilTemperature),
      ("house.conductivity", .conductivity), ("house.soil-moisture", .soilMoisture),
    ] {
      let channel = try #require(plan.channel(named: name))
      #expect(plan.zones[0].channels[quantity] == channel)
    }
    guard case .evapotranspiration(let area, let coefficient)? = plan.zones[0].bed?.irrigation.use else {
      Issue.record("no evaporation")
      return
    }
    #expect(abs(area - 40) < 1e-9 && coefficient == 0.9)
    let inputs = try #require(loaded.buses.flatMap(\.sensors).first { $0.name == "stove" }).settings.inputs
    #expect(inputs.map(\.full) == [500, 40, 1.413, 100])
  }

  @Test("of two transmitters of carbon monoxide the highest counts") func highest() throws {
    let other = """
      [[sensor]]
      name = "bunk"
      model = "ads1115"
      bus = "i2c1"
      address = 0x49
      zone = "house"
      inputs = [{ input = 0, measures = "carbon-monoxide", clean = "0.40 V", full = "2.00 V", full-scale = "500 ppm" }]

      """
    let (configuration, faults) = load(try resource("stove-and-beds") + "\n" + other)
    #expect(faults == [])
    let plan = try #require(configuration).plan
    let channel = try #require(plan.zones[0].channels[.carbonMonoxide])
    guard case .group(let group) = plan.channels[channel.index].source else {
      Issue.record("no group")
      return
    }
    #expect(group.redundancy == .highest && group.probes.count == 2)
  }

  @Test("a bed without a soil probe is watered by light") func light() throws {
    let bed = "setpoint = \"55 %\", band = \"5 %\", "
    let text = try resource("stove-and-beds").replacing(bed, with: "")
      .replacing("area = \"0.06 亩\", crop-coefficient = 0.9", with: "light-sum = \"90 J/cm²\"")
      .replacing("  { input = 3, dry = \"2.60 V\", wet = \"1.15 V\" },\n", with: "")
    let (configuration, faults) = load(text)
    #expect(faults == [])
    let zone = try #require(configuration).plan.zones[0]
    #expect(zone.bed?.irrigation.use == .light(RadiantExposure(joulesPerSquareCentimetre: 90)))
    #expect(zone.setpoints.soilMoisture == nil && zone.channels[.soilMoisture] == nil)
  }

  @Test(
    "each mistake is told once, where it stands, in both languages",
    arguments: Mistake.stove + Mistake.probes + Mistake.use)
  func mistake(_ mistake: Mistake) throws { try mistake.expectToldOnce(in: resource("stove-and-beds")) }
}
