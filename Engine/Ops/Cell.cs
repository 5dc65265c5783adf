namespace Estampa.Engine;

/// <summary>W_h h + b_h of a unit, gate by gate; those that a cell does not have are 0.</summary>
public struct GateSums
{
    public float First;
    public float Second;
    public float Third;
    public float Fourth;
}

/// <summary>A unit's state, which the layer gives out, and its second one, which only some cells have; or the gradients of both.</summary>
public struct UnitState
{
    public float State;
    public float Second;
}

/// <summary>Where the numbers of one step of one sequence lie on the processor: gates as (gates, hidden), the rest (hidden).</summary>
public unsafe struct CellRow
{
    public int Hidden;

    /// <summary>W_i x + b_i, and what the cell makes of it; backwards their gradients instead.</summary>
    public float* Gates;

    /// <summary>Forwards: W_h h + b_h.</summary>
    public float* Products;

    /// <summary>The states before and after the step.</summary>
    public float* Before;
    public float* After;

    /// <summary>What the cell kept of the step before, and of this.</summary>
    public float* KeptBefore;
    public float* Kept;

    /// <summary>Backwards: the gradients of W_h h + b_h, where they are others than those of the gates.</summary>
    public float* HiddenGradient;

    /// <summary>Backwards: the gradients of the states after the step, then of those before, as far as they go past the gates.</summary>
    public float* Gradient;
    public float* SecondGradient;
}

/// <summary>What one unit of a recurrent layer does in a step, for devices and, by vectors of units, for the processor.</summary>
public interface ICell
{
    /// <summary>What the kernels' names begin with.</summary>
    static abstract string Name { get; }

    /// <summary>1, 3 or 4.</summary>
    static abstract int Gates { get; }

    /// <summary>Whether there is a second state; it stands in what is kept.</summary>
    static abstract bool HasSecond { get; }

    /// <summary>Whether the gradients of W_h h + b_h are others than those of W_i x + b_i.</summary>
    static abstract bool SplitsGradient { get; }

    /// <summary>The state after the step; it leaves in its gates and in what is kept what the backward pass needs.</summary>
    static abstract UnitState Forward(RecurrentArguments arguments, int row, int unit, GateSums sums, UnitState before);

    /// <summary>
    /// From the gradient of the state after the step: leaves those of its gates, and gives what goes past them to the state before.
    /// </summary>
    static abstract UnitState Backward(RecurrentArguments arguments, int row, int unit, UnitState gradient, UnitState before);

    /// <summary>The forward pass of some units of a row.</summary>
    static abstract void Forward<TLanes, TVector>(in CellRow row, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>The backward pass of some units of a row.</summary>
    static abstract void Backward<TLanes, TVector>(in CellRow row, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;
}
