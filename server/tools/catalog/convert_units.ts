// Converts between everyday units of measure.
import { z } from "zod";
import { Failure } from "../../failures/failure.ts";
import { defineTool } from "../tool.ts";

type Quantity = "length" | "mass" | "volume" | "speed" | "temperature";

/** One unit in the quantity's base unit: base = value × factor + offset. */
interface Unit {
  quantity: Quantity;
  factor: number;
  offset?: number;
}

const units = {
  millimetre: { quantity: "length", factor: 0.001 },
  centimetre: { quantity: "length", factor: 0.01 },
  metre: { quantity: "length", factor: 1 },
  kilometre: { quantity: "length", factor: 1000 },
  inch: { quantity: "length", factor: 0.0254 },
  foot: { quantity: "length", factor: 0.3048 },
  yard: { quantity: "length", factor: 0.9144 },
  mile: { quantity: "length", factor: 1609.344 },
  nautical_mile: { quantity: "length", factor: 1852 },
  gram: { quantity: "mass", factor: 0.001 },
  kilogram: { quantity: "mass", factor: 1 },
  tonne: { quantity: "mass", factor: 1000 },
  ounce: { quantity: "mass", factor: 0.028349523125 },
  pound: { quantity: "mass", factor: 0.45359237 },
  stone: { quantity: "mass", factor: 6.35029318 },
  millilitre: { quantity: "volume", factor: 0.001 },
  litre: { quantity: "volume", factor: 1 },
  us_cup: { quantity: "volume", factor: 0.2365882365 },
  us_pint: { quantity: "volume", factor: 0.473176473 },
  us_gallon: { quantity: "volume", factor: 3.785411784 },
  imperial_pint: { quantity: "volume", factor: 0.56826125 },
  metre_per_second: { quantity: "speed", factor: 1 },
  kilometre_per_hour: { quantity: "speed", factor: 1 / 3.6 },
  mile_per_hour: { quantity: "speed", factor: 0.44704 },
  knot: { quantity: "speed", factor: 1852 / 3600 },
  celsius: { quantity: "temperature", factor: 1, offset: 273.15 },
  fahrenheit: { quantity: "temperature", factor: 5 / 9, offset: 459.67 * (5 / 9) },
  kelvin: { quantity: "temperature", factor: 1 },
} satisfies Record<string, Unit>;

const names = Object.keys(units) as [keyof typeof units, ...(keyof typeof units)[]];

export default defineTool({
  name: "convert_units",
  description: "Converts a length, mass, volume, speed or temperature from one unit to another.",
  parameters: z.object({
    value: z
      .number()
      .describe("The number to convert.")
      .meta({ examples: [26.2] }),
    from: z
      .enum(names)
      .describe("The unit it is in.")
      .meta({ examples: ["mile"] }),
    to: z
      .enum(names)
      .describe("The unit it is wanted in.")
      .meta({ examples: ["kilometre"] }),
  }),
  run: ({ value, from, to }) => {
    const source: Unit = units[from];
    const target: Unit = units[to];
    if (source.quantity !== target.quantity) {
      throw new Failure("arguments-invalid", `A ${source.quantity} is not a ${target.quantity}.`, {
        errors: [{ pointer: "/to", detail: `must be a unit of ${source.quantity}, as ${from} is` }],
      });
    }
    const base = value * source.factor + (source.offset ?? 0);
    // Twelve digits hide what binary fractions add, and are more than anybody says aloud.
    const result = Number(((base - (target.offset ?? 0)) / target.factor).toPrecision(12));
    return { value, from, to, result };
  },
});
