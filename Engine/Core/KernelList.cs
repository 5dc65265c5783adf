using System.Reflection;

namespace Estampa.Engine;

/// <summary>
/// Every kernel of the engine: the static fields of its types, generic ones closed over each type that their argument may be.
/// </summary>
internal static class KernelList
{
    private const BindingFlags StaticMembers =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] Types = typeof(KernelList).Assembly.GetTypes();

    private static readonly Lazy<(Type Type, IKernel Kernel)[]> Found = new(() => [.. Types.SelectMany(Closed).SelectMany(type => type
        .GetFields(StaticMembers)
        .Where(member => member.FieldType.IsAssignableTo(typeof(IKernel)))
        .Select(member => (type, (IKernel)member.GetValue(null)!)))]);

    /// <summary>Each with the type that holds it.</summary>
    public static IReadOnlyList<(Type Type, IKernel Kernel)> All => Found.Value;

    /// <summary>A type itself, or a generic one closed over each activation, loss or cell that its argument may be.</summary>
    public static IEnumerable<Type> Closed(Type type)
    {
        if (!type.IsGenericTypeDefinition)
        {
            return [type];
        }

        var wanted = type.GetGenericArguments()[0].GetGenericParameterConstraints().Where(constraint => constraint.IsInterface).ToArray();
        var isOpen = type.GetGenericArguments().Length > 1 || wanted.Length != 1 || wanted[0].ContainsGenericParameters;
        return isOpen ? [] : Types.Where(candidate => candidate.IsValueType && candidate.IsAssignableTo(wanted[0]))
            .SelectMany(Closed).Select(candidate => type.MakeGenericType(candidate));
    }
}
