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

    /// <summary>
    /// x &lt;- (x - sky) / noise, both of the stamp's border (<see cref="SkyLevel"/>): brightness in units of the noise, without a bound:
    /// a bright star's middle is in the thousands.
    /// </summary>
    Sky,

    /// <summary>
    /// x &lt;- (x - sky) / factor, the sky of each stamp and one factor for all stamps of an object and channel: the 99.5th percentile of
    /// |x - sky| over them; clipped at 20. An object's stamps stay comparable, so its light curve is in its pixels; the factor needs all
    /// its stamps.
    /// </summary>
    Object,
}
