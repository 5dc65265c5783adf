namespace Estampa.Data;

/// <summary>How one channel of one sample is brought to the range a network takes; NaN becomes 0 afterwards in each.</summary>
public enum Scaling
{
    /// <summary>Raw units.</summary>
    None,

    /// <summary>x &lt;- (x - min) / max(x - min), NaN ignored: [0, 1] (ALeRCE's stamp classifier, arXiv:2008.03309).</summary>
    MinMax,

    /// <summary>x &lt;- (x - mean) / standard deviation (of the population) over the finite pixels.</summary>
    ZScore,

    /// <summary>x &lt;- x / sqrt(sum x^2) over the finite pixels (BOOM and BTSbot).</summary>
    L2,
}
