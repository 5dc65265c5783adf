using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Types;
using ILGPU.IR.Values;

namespace Estampa.Engine;

/// <summary>
/// A method that is one piece of PTX on CUDA. In the text $0, $1 ... stand for registers: first those of the result, then those of the
/// parameters, structs field by field; {{ and }} open and close a scope for registers of its own.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed partial class PtxInstructionAttribute(string text) : Attribute
{
    public string Text { get; } = text;

    /// <summary>Makes every such method of the engine known to a context; without it a kernel that calls one does not compile.</summary>
    public static void Register(Context context)
    {
        var manager = context.GetIntrinsicManager();
        var emit = typeof(PtxInstructionAttribute).GetMethod(nameof(Emit), BindingFlags.Static | BindingFlags.NonPublic)!;
        foreach (var method in typeof(PtxInstructionAttribute).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(method => method.IsDefined(typeof(PtxInstructionAttribute))))
        {
            manager.RegisterMethod(method, new PTXIntrinsic(emit, IntrinsicImplementationMode.GenerateCode));
        }
    }

    private static void Emit(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var call = (MethodCall)value;
        var instruction = call.Target.Source.GetCustomAttribute<PtxInstructionAttribute>()!;
        var registers = new List<string>();
        if (!call.Type.IsVoidType)
        {
            Add(generator, generator.Allocate(call), registers);
        }

        foreach (var argument in call.Nodes)
        {
            // ILGPU's O2 finds out which memory a reference lies in, and its addresses count from that memory's start.
            if (argument.Type is PointerType { AddressSpace: MemoryAddressSpace.Generic })
            {
                throw new NotSupportedException($"{call.Target.Source.Name}: the memory that a reference lies in is not known");
            }

            Add(generator, generator.Load(argument), registers);
        }

        generator.Builder.Append('\t').AppendLine(Operand().Replace(
            instruction.Text, match => registers[int.Parse(match.ValueSpan[1..], CultureInfo.InvariantCulture)]));
    }

    private static void Add(PTXCodeGenerator generator, RegisterAllocator<PTXRegisterKind>.Register register, List<string> names)
    {
        if (register is RegisterAllocator<PTXRegisterKind>.PrimitiveRegister primitive)
        {
            names.Add("%" + PTXRegisterAllocator.GetStringRepresentation(generator.EnsureHardwareRegister(primitive)));
            return;
        }

        foreach (var child in ((RegisterAllocator<PTXRegisterKind>.CompoundRegister)register).Children)
        {
            Add(generator, child, names);
        }
    }

    [GeneratedRegex(@"\$[0-9]+")]
    private static partial Regex Operand();
}
