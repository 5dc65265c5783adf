namespace Estampa.Engine;

/// <summary>How a plan lays out memory; the defaults are for work, the others for tests and for finding faults.</summary>
/// <param name="Packed">Values that no step needs together share memory.</param>
/// <param name="Poisoned">Fresh memory is NaN instead of zero, so that a result that depends on it shows.</param>
/// <param name="Chained">Launches that work image by image run as chains, and cheap values are made again for the backward pass.</param>
/// <param name="Poison">Every byte of poisoned memory: 0xFF makes NaN, 0x71 makes 1.2e30.</param>
public sealed record PlanOptions(bool Packed = true, bool Poisoned = false, bool Chained = true, byte Poison = 0xFF);
