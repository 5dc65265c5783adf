namespace Estampa.Bench;

/// <summary>The cases of all ops.</summary>
internal static class AllCases
{
    public static readonly IReadOnlyList<OpCase> Every =
    [
        .. ActivationCases.All,
        .. AugmentCases.All,
        .. BatchNormCases.All,
        .. ConcatenateCases.All,
        .. ConvCases.All,
        .. CyclicCases.Pools,
        .. CyclicCases.Slices,
        .. DropoutCases.All,
        .. GaussianLikelihoodCases.All,
        .. LatentCases.Divergences,
        .. LatentCases.Draws,
        .. LayerNormCases.All,
        .. LinearCases.All,
        .. PixelLossCases.All,
        .. PoolCases.Average,
        .. PoolCases.Max,
        .. RecurrentCases.All,
        .. RotateCases.All,
        .. SequenceCases.Masks,
        .. SequenceCases.Repeats,
        .. SequenceCases.Steps,
        .. SoftmaxCases.All,
        .. SoftmaxCrossEntropyCases.All,
        .. UnfoldCases.Convolutions,
        .. UnfoldCases.Windows,
        .. UpsampleCases.All,
        .. UpsampledConvCases.All,
    ];
}
